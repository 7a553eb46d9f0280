package dev.baton.worker;

/// For how long entries of a worker, in whatever slice, have waited for a thread while not all threads were at work, and
/// none took anything. All slices are looked at together, for they share the threads: who is at work on one slice's entries
/// cannot take another's, and an entry waits as long as it takes.
///
/// Between two looks no more than a beat counts, however far they lie apart: whoever stopped this thread stopped those too.
/// Not thread-safe.
final class TakeWatch {

    private final long beatNanos;
    private long lookedNanos;
    private long taken;
    private long stalledNanos;
    private boolean stalled;

    /// @param beatNanos how often it is looked at least
    TakeWatch(long beatNanos) {
        this.beatNanos = beatNanos;
    }

    /// Looks.
    ///
    /// @param waiting whether there is an entry to take
    /// @param takenNow another number whenever an entry was taken since
    /// @return for how long none was taken though it could have been, in nanoseconds
    long look(boolean waiting, boolean allBusy, long takenNow, long nowNanos) {
        boolean stallsNow = waiting && !allBusy;
        if (stalled && stallsNow && takenNow == taken) {
            stalledNanos += Math.min(nowNanos - lookedNanos, beatNanos);
        } else {
            stalledNanos = 0;
        }
        stalled = stallsNow;
        taken = takenNow;
        lookedNanos = nowNanos;
        return stalledNanos;
    }
}
