package dev.baton.dispatch;

import java.util.concurrent.TimeUnit;

/// How fast messages come, averaged over windows of a few milliseconds. Not thread-safe.
final class ArrivalRate {

    private static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private long windowBeganNanos;
    private long inWindow;
    private double perNano;

    void count(int messages, long nowNanos) {
        long elapsed = nowNanos - windowBeganNanos;
        if (elapsed >= WINDOW_NANOS) {
            perNano = (double) inWindow / elapsed;
            inWindow = 0;
            windowBeganNanos = nowNanos;
        }
        inWindow += messages;
    }

    /// How many messages are to be expected within a time.
    double expectedWithin(long nanos) {
        return perNano * nanos;
    }
}
