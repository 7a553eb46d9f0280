package dev.baton.server.chaos;

import java.time.Duration;

/// Settings that fit.
///
/// @param duration of the load
/// @param every how often a fault comes
/// @param rate messages a second
/// @param size of a message in bytes
/// @param dispatchers how many processes
/// @param workers how many processes
/// @param bufferBytes the dispatchers'
public record Scenario(
        Duration duration,
        Duration every,
        long rate,
        int size,
        int dispatchers,
        int workers,
        long bufferBytes) {

    private static final long BUFFER_BYTES = 32L << 20;

    /// A little more than what is kept of a message and waits for a store that a replica replaces.
    private static final int BUFFERED_SECONDS = 20;

    /// What a dispatcher keeps beside a message.
    private static final int OVERHEAD_BYTES = 64;

    /// For many faults in turn.
    public static final Scenario LONG =
            new Scenario(
                    Duration.ofSeconds(60), Duration.ofSeconds(10), 1_000, 200, 2, 2, BUFFER_BYTES);

    /// One fault, once: before it a while of peace, after it time for what it may take.
    public static Scenario of(Fault fault) {
        return switch (fault) {
            case PAUSE_STORE_LONG -> once(16, 2_000, 2_000, 8L << 20);
            case ROLLING_RESTART, POISON, CLOCK_JUMP -> once(20, 1_000, 200, BUFFER_BYTES);
            case KILL_WORKER, PAUSE_WORKER -> once(14, 1_000, 200, BUFFER_BYTES);
            case ENDLESS_LOOP -> once(34, 500, 200, BUFFER_BYTES);
            case SLOW_WORKER ->
                    new Scenario(
                            Duration.ofSeconds(14),
                            Duration.ofSeconds(14),
                            1_000,
                            200,
                            2,
                            3,
                            BUFFER_BYTES);
            case KILL_PRIMARY, LOST_TAIL -> once(18, 1_000, 200, BUFFER_BYTES);
            default -> once(12, 1_000, 200, BUFFER_BYTES);
        };
    }

    /// What the dispatchers need to keep at another rate or size, unless the scenario is about too little of it.
    public long bufferBytesAt(long otherRate, int otherSize) {
        return bufferBytes < BUFFER_BYTES
                ? bufferBytes
                : Math.max(
                        bufferBytes, otherRate * (otherSize + OVERHEAD_BYTES) * BUFFERED_SECONDS);
    }

    private static Scenario once(int seconds, long rate, int size, long bufferBytes) {
        Duration duration = Duration.ofSeconds(seconds);
        return new Scenario(duration, duration, rate, size, 2, 2, bufferBytes);
    }
}
