package dev.baton.dispatch;

import dev.baton.Position;
import dev.baton.duty.Call;
import dev.baton.duty.RoleStoppedException;
import dev.baton.slice.Handover;
import dev.baton.slice.Reply;
import org.jspecify.annotations.Nullable;

/// A dispatcher that waits until the number of slices becomes its own: it says when it is in sync, so that the mark may be
/// published behind which its slices begin, and learns which one that is. Not thread-safe.
final class Succession {

    /// Looks in a row that find nothing announced before that is believed: slice 0 may just have been handed over.
    private static final int MAX_MISSES = 4;

    private final Means means;
    private final @Nullable Handover former;
    private final Call<Reply.ToHandover> look;
    private @Nullable Position opensAt;
    private long nextLookNanos;
    private boolean looked;
    private boolean over;
    private int misses;

    /// @param former slice 0 of the number that the pipeline still has, or null if that is ours
    Succession(Means means, @Nullable Handover former) {
        this.means = means;
        this.former = former;
        this.look = means.calls().line();
    }

    /// Whether the number of slices still is another one.
    boolean pending() {
        return former != null && !over;
    }

    /// Where our slices begin, or null while that is not known.
    @Nullable Position opensAt() {
        return opensAt;
    }

    /// Our slice 0 was handed over.
    void end() {
        over = true;
    }

    /// The subscription is over.
    void cancel() {
        look.cancel();
    }

    /// Looks every beat. Returns in how many nanoseconds it wants to be called again.
    long doWork(Hearing heard, long nowNanos) {
        Handover slice = former;
        if (slice == null || over) {
            return Long.MAX_VALUE;
        }
        look.poll(nowNanos);
        if (!look.busy() && (!looked || nowNanos - nextLookNanos >= 0)) {
            looked = true;
            nextLookNanos = nowNanos + means.beatNanos();
            // Asked whenever it is sent: it may be sent again much later.
            look.begin(
                    () -> slice.ready(means.slices(), heard.coveredFrom() != null), this::looked);
        }
        return look.busy() ? means.beatNanos() : nextLookNanos - nowNanos;
    }

    private void looked(Reply.ToHandover reply) {
        if (reply instanceof Reply.HandedOn on) {
            opensAt = on.ends();
            misses = 0;
        } else if (++misses >= MAX_MISSES) {
            throw new RoleStoppedException(
                    "the number of slices of %s is not being changed to %d any more"
                            .formatted(means.settings().stream(), means.slices()));
        }
    }
}
