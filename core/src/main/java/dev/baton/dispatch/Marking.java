package dev.baton.dispatch;

import dev.baton.Position;
import dev.baton.slice.Ending;
import dev.baton.slice.Leadership;
import dev.baton.source.Control;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The marks of the leader of slice 0, published at a steady interval. They bear its own term and no other: two who
/// published marks of one term would give one name to two places. Not thread-safe.
final class Marking {

    private final Hearing hearing;
    private final Leadership leadership;
    private final RandomGenerator random;
    private final long markNanos;
    private long nextMarkNanos;
    private Ending ending;
    private boolean firstMarkHeard;
    private boolean outlived;

    /// @param leadership of slice 0
    /// @param ending where the slices end
    Marking(
            Hearing hearing,
            Leadership leadership,
            Ending ending,
            RandomGenerator random,
            long markNanos,
            long nowNanos) {
        this.hearing = hearing;
        this.leadership = leadership;
        this.ending = ending;
        this.random = random;
        this.markNanos = markNanos;
        this.nextMarkNanos = nowNanos;
        Position newest = hearing.numbering().next();
        this.outlived = isLater(newest.term()) || (isOurs(newest.term()) && newest.mark() != 0);
    }

    private boolean isLater(int term) {
        return Integer.toUnsignedLong(term) > leadership.epoch() && !isOfSuccessors(term);
    }

    /// Terms from that of the end on are given by those who lead the slices to come, but for the one mark there.
    private boolean isOfSuccessors(int term) {
        Position end = ending.at();
        return end != null && Integer.compareUnsigned(term, end.term()) >= 0;
    }

    private boolean isOurs(int term) {
        return Integer.toUnsignedLong(term) == leadership.epoch();
    }

    /// Where the slices end was heard; once successors are ready the mark there is published without delay.
    void heard(Ending now, long nowNanos) {
        if (now.ready() && !ending.ready()) {
            nextMarkNanos = nowNanos;
        }
        ending = now;
    }

    /// Publishes a mark when one is due. Returns in how many nanoseconds the next one is.
    long mark(long nowNanos) {
        if (nowNanos - nextMarkNanos >= 0) {
            nextMarkNanos = nowNanos + markNanos;
            Control.Mark mark = next();
            if (mark != null) {
                var _ = hearing.announce(mark);
            }
        }
        return nextMarkNanos - nowNanos;
    }

    /// The mark at which the slices end, once successors are ready, until it is heard. From there on it is they who
    /// publish marks. That one alone may have several authors: those who listen take the first, and one that heard another
    /// is not in sync, for the account of what follows begins with the nonce of the first.
    private Control.@Nullable Mark next() {
        Position end = ending.at();
        Position here = hearing.numbering().next();
        if (end != null && here.compareTo(end) >= 0) {
            return null;
        }
        return end != null && ending.ready()
                ? hearing.numbering().lastMark(end, random.nextLong())
                : hearing.numbering().nextMark((int) leadership.epoch(), random.nextLong());
    }

    /// A mark was heard.
    void hear(Control.Mark mark) {
        firstMarkHeard |= isOurs(mark.term()) || isOfSuccessors(mark.term());
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
