package dev.baton.dispatch;

import dev.baton.Position;
import dev.baton.slice.Leadership;
import dev.baton.source.Control;
import java.util.random.RandomGenerator;

/// The marks of the leader of slice 0, published at a steady interval. They bear its own term and no other: two who
/// published marks of one term would give one name to two places. Not thread-safe.
final class Marking {

    private final Hearing hearing;
    private final Leadership leadership;
    private final RandomGenerator random;
    private final long markNanos;
    private long nextMarkNanos;
    private boolean firstMarkHeard;
    private boolean outlived;

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
        Position newest = hearing.numbering().next();
        this.outlived = isLater(newest.term()) || (isOurs(newest.term()) && newest.mark() != 0);
    }

    private boolean isLater(int term) {
        return Integer.toUnsignedLong(term) > leadership.epoch();
    }

    private boolean isOurs(int term) {
        return Integer.toUnsignedLong(term) == leadership.epoch();
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
        firstMarkHeard |= isOurs(mark.term());
        outlived |= isLater(mark.term());
    }

    /// Whether a mark of a later term was heard, behind which a mark of ours opens nothing: we were deposed, or the store
    /// lost the claim of whoever published it, or it is forged.
    boolean outlived() {
        return outlived;
    }

    /// Whether a mark of our term was heard: from there on all who listen number alike. Which of ours it was matters not:
    /// they may be published faster than they come back.
    boolean firstMarkHeard() {
        return firstMarkHeard;
    }
}
