package dev.baton.server.chaos;

import java.util.List;

/// What the checker found.
///
/// @param published publications sent
/// @param uncertain those of them that were not confirmed with a receiver: they may be missing or present
/// @param committed ours in the output stream
/// @param dead ours among the dead letters
/// @param held ours in lanes, waiting or in retry
/// @param vanished ours that were read before the store was emptied
/// @param declared confirmed ones that are missing and lie in a declared gap
/// @param undeclared confirmed ones that are missing, and nobody said so
/// @param unnoticed those that were published when nobody was subscribed, outside of every declared gap
/// @param twiceById ours that came out more than once
/// @param twiceByPosition positions that occur more than once
/// @param outOfOrder ours whose position is not after that of the publication before
/// @param wronglyCommitted unfit ones that were committed
/// @param wrongCounts declared gaps whose count does not fit what is missing
/// @param evidence a few lines about the first violations
public record Verdict(
        int published,
        int uncertain,
        int committed,
        int dead,
        int held,
        int vanished,
        long declared,
        long undeclared,
        long unnoticed,
        int twiceById,
        int twiceByPosition,
        int outOfOrder,
        int wronglyCommitted,
        int wrongCounts,
        List<String> evidence) {

    /// Whether every message is accounted for, once.
    public boolean clean() {
        return undeclared == 0
                && unnoticed == 0
                && twiceById == 0
                && twiceByPosition == 0
                && outOfOrder == 0
                && wronglyCommitted == 0
                && wrongCounts == 0;
    }
}
