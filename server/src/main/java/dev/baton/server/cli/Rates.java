package dev.baton.server.cli;

/// How much was done per second since the last report. Not thread-safe.
final class Rates {

    private final long[] before;
    private long lastNanos = System.nanoTime();

    Rates(int figures) {
        before = new long[figures];
    }

    /// @param now the counters
    /// @return per second since the call before
    long[] perSecond(long... now) {
        long nanos = System.nanoTime();
        double seconds = Math.max(1, nanos - lastNanos) / 1e9;
        lastNanos = nanos;
        long[] rates = new long[now.length];
        for (int i = 0; i < now.length; i++) {
            rates[i] = Math.round((now[i] - before[i]) / seconds);
            before[i] = now[i];
        }
        return rates;
    }
}
