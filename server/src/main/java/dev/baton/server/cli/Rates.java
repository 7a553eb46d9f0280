package dev.baton.server.cli;

/// How much was done per second since the last report, as people read it. Not thread-safe.
final class Rates {

    /// Below this a rate has a decimal: two in three seconds are not none.
    private static final int PRECISE_BELOW = 10;

    private final long[] before;
    private long lastNanos;

    /// @param figures how many counters are looked at
    /// @param nowNanos when counting begins
    Rates(int figures, long nowNanos) {
        before = new long[figures];
        lastNanos = nowNanos;
    }

    /// @param nowNanos when the counters were read
    /// @param now the counters
    /// @return per second since the call before
    String[] perSecond(long nowNanos, long... now) {
        double seconds = Math.max(1, nowNanos - lastNanos) / 1e9;
        lastNanos = nowNanos;
        String[] rates = new String[now.length];
        for (int i = 0; i < now.length; i++) {
            rates[i] = text((now[i] - before[i]) / seconds);
            before[i] = now[i];
        }
        return rates;
    }

    private static String text(double rate) {
        return rate > 0 && rate < PRECISE_BELOW
                ? "%.1f/s".formatted(rate)
                : "%,.0f/s".formatted(rate);
    }
}
