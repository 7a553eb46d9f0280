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
    record Stall(long ordinal, long nanos) {}

    private final LaneWindow window;
    private final long[] takenNanos = new long[LaneWindow.SIZE];
    private long seenTaken;

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

    /// What has been with its processor for that long, or null.
    @Nullable Stall stalledFor(long atLeastNanos, long nowNanos) {
        look(nowNanos);
        long oldest = window.firstUnfinished();
        if (oldest >= seenTaken) {
            return null;
        }
        long nanos = nowNanos - takenNanos[slot(oldest)];
        return nanos < atLeastNanos ? null : new Stall(oldest, nanos);
    }

    private static int slot(long ordinal) {
        return (int) (ordinal % LaneWindow.SIZE);
    }
}
