package dev.baton;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// What becomes of a message. A worker commits the outcome in the same step in which the message leaves its lane.
public sealed interface Outcome {

    /// Longest reason of a rejection, in characters.
    int MAX_REASON_CHARS = 64;

    /// Most stream entries that one message may become; with more it becomes a dead letter, `too-large`.
    int MAX_EMITTED_ENTRIES = 1_000;

    /// Most bytes that one message's stream entries may have together; with more it becomes a dead letter, `too-large`.
    int MAX_EMITTED_BYTES = 64 << 20;

    /// The message goes into the stream as it came: the fields `message_id`, `payload`, `worker`, `position`.
    static Outcome passOn() {
        return PassOn.INSTANCE;
    }

    /// One stream entry with this payload in place of the message's own, under the same id.
    ///
    /// @param payload any bytes
    static Outcome emit(byte[] payload) {
        return new Emit(List.of(payload));
    }

    /// One stream entry with this text, as UTF-8, in place of the message's own payload.
    static Outcome emit(String payload) {
        return emit(payload.getBytes(StandardCharsets.UTF_8));
    }

    /// The message is finished without a trace but the ledger's count.
    static Outcome drop() {
        return Drop.INSTANCE;
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

    /// One stream entry for each payload, all under the message's id and position.
    ///
    /// @param payloads at least one; see [#MAX_EMITTED_ENTRIES] and [#MAX_EMITTED_BYTES]
    record Emit(List<byte[]> payloads) implements Outcome {
        public Emit {
            payloads = List.copyOf(payloads);
            if (payloads.isEmpty()) {
                throw new IllegalArgumentException(
                        "nothing to emit; to finish without output, drop");
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
