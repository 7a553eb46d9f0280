package dev.baton.slice;

/// The right to lead a slice, handed to every write: a write under another epoch or owner has no effect.
///
/// @param epoch the slice's epoch since the claim
/// @param owner the candidate's random id
public record Leadership(long epoch, String owner) {}
