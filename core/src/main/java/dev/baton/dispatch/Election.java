package dev.baton.dispatch;

import dev.baton.slice.Lead;
import org.jspecify.annotations.Nullable;

/// Watches the lead of a slice and says when it may be claimed: at once when nobody owns it, otherwise when it stood
/// still for a whole lease by our own monotonic clock. A candidate that does not cover the watermark waits a grace
/// longer, in which one that does would have come. No wall clock decides.
///
/// Only time in which the store answered counts: while it is away, nobody can renew. Not thread-safe.
final class Election {

    private final long leaseNanos;
    private final long graceNanos;
    private @Nullable Lead seen;
    private long lookedNanos;
    private long movedNanos;
    private long stillSinceNanos;
    private long highestEpoch;
    private long extraNanos;

    /// How far a number heard on the control channel may be ahead: a forged one shall not use epochs up.
    private static final long MAX_AHEAD = 1 << 20;

    Election(long leaseNanos, long graceNanos) {
        this.leaseNanos = leaseNanos;
        this.graceNanos = graceNanos;
    }

    /// Takes in a look at the lead.
    ///
    /// @param nowNanos when the answer came, never earlier: the lead may have moved until then
    /// @return whether somebody dispatched, came or went since the look before
    boolean observe(Lead lead, long nowNanos) {
        highestEpoch = Math.max(highestEpoch, lead.epoch());
        Lead before = seen;
        if (before == null
                || before.epoch() != lead.epoch()
                || before.beat() != lead.beat()
                || !before.owner().equals(lead.owner())) {
            movedNanos = nowNanos;
            stillSinceNanos = nowNanos;
        } else if (nowNanos - lookedNanos >= leaseNanos) {
            stillSinceNanos = nowNanos;
        }
        seen = lead;
        lookedNanos = nowNanos;
        return !lead.equals(before);
    }

    /// A term was heard of.
    void heardOf(long epoch) {
        highestEpoch = Math.max(highestEpoch, epoch);
    }

    /// An epoch was heard of from somebody who need not be believed.
    void heardOfAtMost(long epoch) {
        if (epoch <= highestEpoch + MAX_AHEAD) {
            heardOf(epoch);
        }
    }

    /// So much longer than others this candidate waits from now on.
    void waitLonger(long nanos) {
        extraNanos = nanos;
    }

    /// What may be claimed now, or null.
    ///
    /// @param covered whether the candidate may dispatch from the watermark on
    @Nullable Lead claimable(boolean covered, long nowNanos) {
        return seen != null && claimableInNanos(covered, nowNanos) == 0 ? seen : null;
    }

    /// When the lead, if it goes on standing still, may be claimed; in nanoseconds from now, 0 for now. After half a
    /// lease without a look another look is needed first.
    long claimableInNanos(boolean covered, long nowNanos) {
        Lead lead = seen;
        if (lead == null || nowNanos - lookedNanos > leaseNanos / 2) {
            return leaseNanos;
        }
        long wait = extraNanos + (lead.owner().isEmpty() ? 0 : leaseNanos);
        if (!covered) {
            wait += graceNanos;
        }
        return Math.max(0, stillSinceNanos + wait - nowNanos);
    }

    /// Whether somebody leads and moved within the time.
    boolean movedWithin(long nanos, long nowNanos) {
        return seen != null && !seen.owner().isEmpty() && nowNanos - movedNanos < nanos;
    }

    /// When the lead was last seen to move.
    long movedNanos() {
        return movedNanos;
    }

    /// The lead as last seen, or null.
    @Nullable Lead seen() {
        return seen;
    }

    /// The highest epoch ever heard of.
    long highestEpoch() {
        return highestEpoch;
    }

    /// The epoch as last looked up, else the highest ever heard of: a store that lost its tail may have gone back behind that.
    long newestEpoch() {
        return seen == null ? highestEpoch : seen.epoch();
    }

    /// Starts over; the highest epoch is kept.
    void forget() {
        seen = null;
    }
}
