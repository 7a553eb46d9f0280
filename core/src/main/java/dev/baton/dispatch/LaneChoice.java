package dev.baton.dispatch;

import java.util.List;

/// How the messages of a batch are shared out among lanes. One of its own for each slice; called by one thread.
public interface LaneChoice {

    /// Shares out a batch.
    ///
    /// @param messages how many, at least 1
    /// @param live the lanes to choose from, at least one, in the order of their workers' ids
    /// @return how many messages each of them gets; together all of them
    int[] share(int messages, List<Lane> live);

    /// Whether it decides by what lanes hold, so that they have to be looked at more often than once a beat.
    default boolean looksAtBacklogs() {
        return false;
    }

    /// Each lane in turn, going on where the batch before ended.
    static LaneChoice roundRobin() {
        return new RoundRobin();
    }

    /// Whichever lane will have finished it first: the shortest, measured in time.
    static LaneChoice leastBacklog() {
        return new LeastBacklog();
    }

    /// Each lane in proportion to the capacity that its worker announced.
    static LaneChoice weighted() {
        return new Weighted();
    }
}
