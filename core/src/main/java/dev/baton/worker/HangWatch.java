package dev.baton.worker;

import org.jspecify.annotations.Nullable;

/// How long the oldest unfinished entry of a window has been with its processor. Entries are taken in their order, so
/// no other has been for longer.
///
/// Reads no clock: an entry counts from the first look at which it was taken. Not thread-safe.
final class HangWatch {

    /// An entry that makes no progress.
    ///
    /// @param ordinal which one
    /// @param nanos for how long
    /// @param taken whether a processor has it; if not, none takes anything
    record Stall(long ordinal, long nanos, boolean taken) {}

    private final LaneWindow window;
    private final long[] takenNanos = new long[LaneWindow.SIZE];
    private long seenTaken;
    private long untaken = -1;
    private long untakenSinceNanos;

    HangWatch(LaneWindow window) {
        this.window = window;
        this.seenTaken = window.head();
    }

    /// Notes what was taken since the last look.
    void look(long nowNanos) {
        long nextTaken = window.nextTaken();
        while (seenTaken < nextTaken) {
            takenNanos[slot(seenTaken++)] = nowNanos;
        }
    }

    /// What has made no progress for that long, or null.
    @Nullable Stall stalledFor(long atLeastNanos, long nowNanos) {
        look(nowNanos);
        long oldest = window.firstUnfinished();
        boolean taken = oldest < seenTaken;
        if (taken || oldest == window.added()) {
            untaken = -1;
        } else if (untaken != oldest) {
            untaken = oldest;
            untakenSinceNanos = nowNanos;
        }
        if (oldest == window.added()) {
            return null;
        }
        long nanos = nowNanos - (taken ? takenNanos[slot(oldest)] : untakenSinceNanos);
        return nanos < atLeastNanos ? null : new Stall(oldest, nanos, taken);
    }

    private static int slot(long ordinal) {
        return (int) (ordinal % LaneWindow.SIZE);
    }
}
