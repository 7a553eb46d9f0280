package dev.baton.worker;

import org.jspecify.annotations.Nullable;

/// Who takes entries from a worker's window in one slice, processes them and reports how they finish.
interface Processors {

    /// The window to take entries from; null while the worker has no lane. Whoever is still at work on another window
    /// is interrupted and left behind, and somebody fresh takes the place: what becomes of that work interests nobody.
    void workOn(@Nullable LaneWindow current);

    /// Entries were added to the window.
    void entriesAdded();

    /// How many that were left behind are still at work.
    int leftBehind();
}
