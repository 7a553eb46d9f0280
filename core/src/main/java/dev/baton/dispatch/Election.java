package dev.baton.dispatch;

import dev.baton.slice.Lead;
import org.jspecify.annotations.Nullable;

/// Watches the lead of a slice and says when it may be claimed: at once when nobody owns it, otherwise when it stood
/// still for a whole lease by our own monotonic clock. No wall clock decides. Not thread-safe.
final class Election {

    private final long leaseNanos;
    private @Nullable Lead seen;
    private long stillSinceNanos;
    private long highestEpoch;

    Election(long leaseNanos) {
        this.leaseNanos = leaseNanos;
    }

    /// Takes in a look at the lead.
    void observe(Lead lead, long nowNanos) {
        highestEpoch = Math.max(highestEpoch, lead.epoch());
        Lead before = seen;
        if (before == null
                || before.epoch() != lead.epoch()
                || before.beat() != lead.beat()
                || !before.owner().equals(lead.owner())) {
            stillSinceNanos = nowNanos;
        }
        seen = lead;
    }

    /// What may be claimed now, or null.
    @Nullable Lead claimable(long nowNanos) {
        Lead lead = seen;
        if (lead == null) {
            return null;
        }
        return lead.owner().isEmpty() || nowNanos - stillSinceNanos >= leaseNanos ? lead : null;
    }

    /// When the lead, if it goes on standing still, may be claimed; in nanoseconds from now, at most one lease.
    long claimableInNanos(long nowNanos) {
        return seen == null ? leaseNanos : Math.max(0, stillSinceNanos + leaseNanos - nowNanos);
    }

    /// The highest epoch ever heard of.
    long highestEpoch() {
        return highestEpoch;
    }

    /// Starts over; the highest epoch is kept.
    void forget() {
        seen = null;
    }
}
