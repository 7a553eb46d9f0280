package dev.baton.server.processor;

import dev.baton.Outcome;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What an answer without success makes of a message. Thread-safe.
final class Verdict {

    private static final int TIMEOUT = 408;
    private static final int TOO_EARLY = 425;
    private static final int TOO_MANY = 429;
    private static final int UNAVAILABLE = 503;

    private final RetryAfter retryAfter;

    Verdict(RetryAfter retryAfter) {
        this.retryAfter = retryAfter;
    }

    /// Whether the service means the request itself, and would say so again.
    static boolean isFinal(Answer answer) {
        return answer instanceof Answer.Given given
                && given.status() >= 300
                && given.status() < 500
                && given.status() != TIMEOUT
                && given.status() != TOO_EARLY
                && given.status() != TOO_MANY;
    }

    /// @param answer any but one of success
    Outcome without(Answer answer) {
        return switch (answer) {
            case Answer.Missing missing -> Outcome.retry(missing.error());
            case Answer.Given given -> {
                String error = "the service answered " + given.status();
                if (isFinal(given)) {
                    yield Outcome.reject("http-" + given.status(), error);
                }
                Duration wait = wanted(given);
                yield wait == null ? Outcome.retry(error) : Outcome.retry(wait, error);
            }
        };
    }

    private @Nullable Duration wanted(Answer.Given given) {
        return given.status() == TOO_MANY || given.status() == UNAVAILABLE
                ? retryAfter.read(given.retryAfter())
                : null;
    }
}
