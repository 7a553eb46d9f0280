package dev.baton.dispatch;

import dev.baton.slice.Leadership;
import dev.baton.source.Control;
import java.util.random.RandomGenerator;

/// The marks of the leader of slice 0, published at a steady interval. Not thread-safe.
final class Marking {

    private final Hearing hearing;
    private final Leadership leadership;
    private final RandomGenerator random;
    private final long markNanos;
    private long nextMarkNanos;
    private boolean firstMarkHeard;

    /// @param leadership of slice 0
    Marking(
            Hearing hearing,
            Leadership leadership,
            RandomGenerator random,
            long markNanos,
            long nowNanos) {
        this.hearing = hearing;
        this.leadership = leadership;
        this.random = random;
        this.markNanos = markNanos;
        this.nextMarkNanos = nowNanos;
    }

    /// Publishes a mark when one is due. Returns in how many nanoseconds the next one is.
    long mark(long nowNanos) {
        if (nowNanos - nextMarkNanos >= 0) {
            nextMarkNanos = nowNanos + markNanos;
            Control.Mark mark =
                    hearing.numbering().nextMark((int) leadership.epoch(), random.nextLong());
            var _ = hearing.announce(mark);
        }
        return nextMarkNanos - nowNanos;
    }

    /// A mark was heard.
    void hear(Control.Mark mark) {
        firstMarkHeard |= Integer.toUnsignedLong(mark.term()) >= leadership.epoch();
    }

    /// Whether a mark of our term was heard: from there on all who listen number alike. Which of ours it was matters not:
    /// they may be published faster than they come back.
    boolean firstMarkHeard() {
        return firstMarkHeard;
    }
}
