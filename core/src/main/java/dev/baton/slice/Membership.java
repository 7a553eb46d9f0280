package dev.baton.slice;

/// The right to commit from a lane, handed to every write of a worker.
///
/// @param id the worker
/// @param incarnation random, new for each time the worker joined
/// @param epoch the lane's epoch since the worker joined
public record Membership(String id, String incarnation, long epoch) {}
