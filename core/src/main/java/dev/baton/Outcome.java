package dev.baton;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What becomes of a message. A worker commits the outcome in the same step in which the message leaves its lane.
public sealed interface Outcome {

    /// Longest reason of a rejection, in characters.
    int MAX_REASON_CHARS = 64;

    /// Most stream entries that one message may become; with more it becomes a dead letter, `too-large`.
    int MAX_EMITTED_ENTRIES = 1_000;

    /// Most bytes that one message's stream entries may have together; with more it becomes a dead letter, `too-large`.
    int MAX_EMITTED_BYTES = 64 << 20;

    /// Longest wait for another attempt.
    Duration MAX_DELAY = Duration.ofDays(30);

    /// Most attempts of one message: an entry counts them in one byte.
    int MAX_ATTEMPTS = 255;

    /// The message goes into the stream as it came: the fields `message_id`, `payload`, `worker`, `position`.
    static Outcome passOn() {
        return PassOn.INSTANCE;
    }

    /// One stream entry with this payload in place of the message's own, under the same id.
    ///
    /// @param payload any bytes
    static Outcome emit(byte[] payload) {
        return emit(Emission.of(payload));
    }

    /// Stream entries, all under the message's id and position.
    ///
    /// @param emissions at least one; see [#MAX_EMITTED_ENTRIES] and [#MAX_EMITTED_BYTES]
    static Outcome emit(Emission... emissions) {
        return new Emit(List.of(emissions));
    }

    /// One stream entry with this text, as UTF-8, in place of the message's own payload.
    static Outcome emit(String payload) {
        return emit(payload.getBytes(StandardCharsets.UTF_8));
    }

    /// The message is finished without a trace but the ledger's count.
    static Outcome drop() {
        return Drop.INSTANCE;
    }

    /// Another attempt after the usual time, which grows with each; after the last one a dead letter, `failed`. An exception
    /// means the same.
    ///
    /// @param error what was wrong, without the payload; it stands in the dead letter
    static Outcome retry(String error) {
        return new Retry(null, 0, error);
    }

    /// Another attempt after this time; after the last one a dead letter, `failed`.
    ///
    /// @param delay up to [#MAX_DELAY]
    /// @param error what was wrong, without the payload; it stands in the dead letter
    static Outcome retry(Duration delay, String error) {
        return new Retry(delay, 0, error);
    }

    /// The message becomes a dead letter.
    ///
    /// @param reason one word for people and filters, such as `unknown-customer`; 1 to [#MAX_REASON_CHARS] characters
    /// @param error what was wrong with it, without the payload
    static Outcome reject(String reason, String error) {
        return new Reject(reason, error);
    }

    /// See [Outcome#passOn].
    enum PassOn implements Outcome {
        INSTANCE
    }

    /// Stream entries, all under the message's id and position.
    ///
    /// @param emissions at least one; see [#MAX_EMITTED_ENTRIES] and [#MAX_EMITTED_BYTES]
    record Emit(List<Emission> emissions) implements Outcome {
        public Emit {
            emissions = List.copyOf(emissions);
            if (emissions.isEmpty()) {
                throw new IllegalArgumentException(
                        "nothing to emit; to finish without output, drop");
            }
        }
    }

    /// See [Outcome#retry].
    ///
    /// @param delay null for the usual time
    /// @param maxAttempts how many there may be of this message in all, 1 to [#MAX_ATTEMPTS]; 0 for as many as usual
    /// @param error what was wrong
    record Retry(@Nullable Duration delay, int maxAttempts, String error) implements Outcome {
        public Retry {
            if (delay != null && (delay.isNegative() || delay.compareTo(MAX_DELAY) > 0)) {
                throw new IllegalArgumentException(
                        "a delay is 0 to " + MAX_DELAY.toDays() + " days, not " + delay);
            }
            if (maxAttempts < 0 || maxAttempts > MAX_ATTEMPTS) {
                throw new IllegalArgumentException(
                        "attempts are 1 to " + MAX_ATTEMPTS + ", not " + maxAttempts);
            }
        }
    }

    /// See [Outcome#drop].
    enum Drop implements Outcome {
        INSTANCE
    }

    /// See [Outcome#reject].
    ///
    /// @param reason one word, 1 to [#MAX_REASON_CHARS] characters
    /// @param error what was wrong
    record Reject(String reason, String error) implements Outcome {
        public Reject {
            if (reason.isEmpty() || reason.length() > MAX_REASON_CHARS) {
                throw new IllegalArgumentException(
                        "a reason has 1 to "
                                + MAX_REASON_CHARS
                                + " characters, not "
                                + reason.length());
            }
        }
    }
}
