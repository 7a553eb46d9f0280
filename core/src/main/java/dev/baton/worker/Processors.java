package dev.baton.worker;

import org.jspecify.annotations.Nullable;

/// Who takes entries from a worker's window, processes them and reports how they finish.
interface Processors {

    /// The window to take entries from; null while the worker has no lane.
    void workOn(@Nullable LaneWindow current);

    /// Entries were added to the window.
    void entriesAdded();
}
