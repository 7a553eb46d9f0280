package dev.baton.dispatch;

/// What a dispatcher did since it started.
///
/// @param leads whether it leads any slice now
/// @param epoch of its leadership in the first slice it leads, 0 if it leads none
/// @param led how many slices it leads
/// @param inSync whether it could take over without a gap
/// @param heard messages it heard
/// @param dispatched messages it brought into lanes
/// @param lost messages it declared lost whose number is known
/// @param retainedBytes memory it keeps messages in
/// @param strayControl control messages that had no effect: copies, late ones, foreign ones
/// @param disagreements how often it found that it had heard something else than the leader
public record DispatcherFigures(
        boolean leads,
        long epoch,
        int led,
        boolean inSync,
        long heard,
        long dispatched,
        long lost,
        long retainedBytes,
        long strayControl,
        long disagreements) {}
