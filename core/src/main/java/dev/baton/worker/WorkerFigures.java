package dev.baton.worker;

/// What a worker finished since it started.
///
/// @param committed messages that went into the stream
/// @param dead messages that became dead letters
/// @param dropped messages that were dropped
public record WorkerFigures(long committed, long dead, long dropped) {

    /// Both together.
    public WorkerFigures plus(WorkerFigures other) {
        return new WorkerFigures(
                committed + other.committed, dead + other.dead, dropped + other.dropped);
    }
}
