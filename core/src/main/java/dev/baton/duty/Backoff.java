package dev.baton.duty;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/// How long to wait before the next attempt: doubling from [#FIRST_MILLIS] to [#MAX_MILLIS], each time a random half to
/// the whole of it, so that many clients do not come back in step. Not thread-safe.
public final class Backoff {

    /// First wait in milliseconds.
    public static final long FIRST_MILLIS = 20;

    /// Longest wait in milliseconds: near one second, so that a server that is back is soon noticed.
    public static final long MAX_MILLIS = 1_000;

    private final RandomGenerator random;
    private long nextMillis = FIRST_MILLIS;

    /// @param random chooses within the half
    public Backoff(RandomGenerator random) {
        this.random = random;
    }

    /// @return nanoseconds to wait before the next attempt
    public long nextNanos() {
        long wait = TimeUnit.MILLISECONDS.toNanos(nextMillis);
        nextMillis = Math.min(MAX_MILLIS, nextMillis * 2);
        return wait / 2 + random.nextLong(wait / 2);
    }

    /// The next wait is the first one again.
    public void reset() {
        nextMillis = FIRST_MILLIS;
    }
}
