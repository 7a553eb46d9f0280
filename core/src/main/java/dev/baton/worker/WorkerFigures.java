package dev.baton.worker;

/// What a worker finished since it started.
///
/// @param committed messages that went into the stream
/// @param dead messages that became dead letters
/// @param dropped messages that were dropped, those too old included
/// @param retried how often a message was put off for another attempt
public record WorkerFigures(long committed, long dead, long dropped, long retried) {

    /// Both together.
    public WorkerFigures plus(WorkerFigures other) {
        return new WorkerFigures(
                committed + other.committed,
                dead + other.dead,
                dropped + other.dropped,
                retried + other.retried);
    }
}
