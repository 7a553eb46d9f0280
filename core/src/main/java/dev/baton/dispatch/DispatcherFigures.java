package dev.baton.dispatch;

/// What a dispatcher did since it started.
///
/// @param leads whether it leads now
/// @param epoch of its leadership, 0 if it does not lead
/// @param heard messages it heard
/// @param dispatched messages it brought into lanes
/// @param lost messages it declared lost whose number is known
/// @param retainedBytes memory it keeps messages in
public record DispatcherFigures(
        boolean leads, long epoch, long heard, long dispatched, long lost, long retainedBytes) {}
