package dev.baton.worker;

import dev.baton.Outcome;
import java.time.Duration;

/// How often and when a message is tried again.
///
/// @param maxAttempts how many there are in all, the first included, 1 to [Outcome#MAX_ATTEMPTS]
/// @param firstDelay about how long the second waits; each further one waits about twice as long
/// @param maxDelay no wait is longer, up to [Outcome#MAX_DELAY]
public record RetryPolicy(int maxAttempts, Duration firstDelay, Duration maxDelay) {

    /// Five attempts, after about 1, 2, 4 and 8 seconds: what a deployment or a restart of something else takes.
    public static final RetryPolicy USUAL =
            new RetryPolicy(5, Duration.ofSeconds(1), Duration.ofMinutes(5));

    private static final int MAX_DOUBLINGS = 40;

    /// @throws IllegalArgumentException if a value is out of its range
    public RetryPolicy {
        if (maxAttempts < 1 || maxAttempts > Outcome.MAX_ATTEMPTS) {
            throw new IllegalArgumentException("attempts are 1 to " + Outcome.MAX_ATTEMPTS);
        }
        if (firstDelay.isNegative() || firstDelay.compareTo(maxDelay) > 0) {
            throw new IllegalArgumentException("the first delay is 0 to the longest delay");
        }
        if (maxDelay.compareTo(Outcome.MAX_DELAY) > 0) {
            throw new IllegalArgumentException(
                    "the longest delay is at most " + Outcome.MAX_DELAY.toDays() + " days");
        }
    }

    /// How long to wait after an attempt: between half and the whole of what has grown so far, so that messages which
    /// failed together do not come back together.
    ///
    /// @param attempt the one that failed, from 1
    /// @param chance 0 to 1
    long delayMillis(int attempt, double chance) {
        long grown = firstDelay.toMillis() << Math.min(attempt - 1, MAX_DOUBLINGS);
        long bounded = grown < 0 ? maxDelay.toMillis() : Math.min(grown, maxDelay.toMillis());
        return Math.round(bounded * (0.5 + chance / 2));
    }
}
