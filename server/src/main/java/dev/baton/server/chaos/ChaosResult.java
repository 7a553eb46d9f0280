package dev.baton.server.chaos;

import java.util.List;
import java.util.Map;

/// What a chaos run showed.
///
/// @param seed of the plan
/// @param verdict the checker's
/// @param faults what each kind of fault did to the flow of commits
/// @param workers what each did
/// @param takeovers how often a slice's leader changed
/// @param longestStallMillis longest time between two commits to a slice while the load was on
/// @param backAgain entries that a reader saw and that were gone later, because the store had lost or emptied them
/// @param gaps declared losses
/// @param reasons dead letters by reason
/// @param balanced whether the books balance
/// @param violations what must not be, empty if all is well
/// @param logs where the processes' logs are, if anything is wrong; empty otherwise
public record ChaosResult(
        long seed,
        Verdict verdict,
        List<Disturbance> faults,
        List<Share> workers,
        long takeovers,
        long longestStallMillis,
        int backAgain,
        int gaps,
        Map<String, Integer> reasons,
        boolean balanced,
        List<String> violations,
        String logs) {

    /// One kind of fault in a run.
    ///
    /// @param fault which
    /// @param times how often
    /// @param medianMillis of the longest stalls after each
    /// @param longestMillis of them
    /// @param boundMillis what the settings explain
    public record Disturbance(
            Fault fault, int times, long medianMillis, long longestMillis, long boundMillis) {}

    /// One worker in a run.
    ///
    /// @param worker its name
    /// @param entries that left its lanes: finished by it, or moved to others
    /// @param longestLane most entries seen in its lanes at once
    public record Share(String worker, long entries, long longestLane) {
        Share plus(Share other) {
            return new Share(worker, entries + other.entries, longestLane + other.longestLane);
        }

        Share max(Share other) {
            return new Share(
                    worker,
                    Math.max(entries, other.entries),
                    Math.max(longestLane, other.longestLane));
        }
    }

    /// Whether everything held.
    public boolean fine() {
        return violations.isEmpty();
    }
}
