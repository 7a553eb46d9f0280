package dev.baton.simulation;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/// How long things are under way: mostly short, now and then long.
final class Delays {

    private final long usualNanos;
    private final long longNanos;
    private int longOnes;

    /// @param usualMicros most of the usual
    /// @param longMillis most of the long ones
    /// @param longOnes how many of a thousand are long
    Delays(int usualMicros, int longMillis, int longOnes) {
        this.usualNanos = TimeUnit.MICROSECONDS.toNanos(usualMicros);
        this.longNanos = TimeUnit.MILLISECONDS.toNanos(longMillis);
        this.longOnes = longOnes;
    }

    long next(SplittableRandom random) {
        boolean isLong = random.nextInt(1_000) < longOnes;
        return 1 + random.nextLong(isLong ? longNanos : usualNanos);
    }

    /// From now on none is long.
    void heal() {
        longOnes = 0;
    }
}
