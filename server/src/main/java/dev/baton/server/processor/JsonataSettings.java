package dev.baton.server.processor;

import java.time.Duration;

/// An expression and its bounds.
///
/// @param expression in JSONata
/// @param origin where it stands, for people: an option or a file
/// @param timeout how long one evaluation may take; looked at with each step of the expression
/// @param maxDepth how deep evaluations may be nested, 1 or more
/// @param maxPayloadBytes the largest payload
public record JsonataSettings(
        String expression, String origin, Duration timeout, int maxDepth, int maxPayloadBytes) {}
