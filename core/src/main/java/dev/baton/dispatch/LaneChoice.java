package dev.baton.dispatch;

import dev.baton.slice.Roster;
import java.util.List;

/// How the messages of a batch are shared out among lanes.
public interface LaneChoice {

    /// Shares out a batch.
    ///
    /// @param messages how many, at least 1
    /// @param live the lanes to choose from, at least one
    /// @return how many messages each of them gets; together all of them
    int[] share(int messages, List<Roster.Seat> live);

    /// Each lane in turn, going on where the batch before ended.
    static LaneChoice roundRobin() {
        return new RoundRobin();
    }
}
