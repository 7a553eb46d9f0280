package dev.baton.slice;

import java.util.List;

/// The workers of a slice at one look, and how many entries wait for one.
///
/// @param waiting entries that were dispatched while no worker was live
/// @param workers all that are registered
/// @param deadTrimmed dead letters that ever went because there were more than may be kept
public record Roster(long waiting, List<Seat> workers, long deadTrimmed) {

    /// None went.
    public Roster(long waiting, List<Seat> workers) {
        this(waiting, workers, 0);
    }

    /// One worker as the leader sees it.
    ///
    /// @param id the worker
    /// @param incarnation changes when it joins anew
    /// @param beat moved by the worker while it lives
    /// @param state what it wants; quiet too if an operator wants it so
    /// @param capacity the share it asks for
    /// @param backlog entries in its lane
    /// @param head how many have left it
    public record Seat(
            String id,
            String incarnation,
            long beat,
            WorkerState state,
            int capacity,
            long backlog,
            long head) {}
}
