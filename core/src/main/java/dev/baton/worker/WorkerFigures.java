package dev.baton.worker;

/// What a worker finished since it started.
///
/// @param committed messages that went into the stream
/// @param dead messages that became dead letters
/// @param dropped messages that were dropped
public record WorkerFigures(long committed, long dead, long dropped) {}
