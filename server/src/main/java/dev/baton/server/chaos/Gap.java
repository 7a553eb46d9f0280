package dev.baton.server.chaos;

import dev.baton.Position;
import org.jspecify.annotations.Nullable;

/// A declared loss.
///
/// @param slice the number of the slice whose messages are meant
/// @param from inclusive
/// @param to exclusive
/// @param count how many messages, or null if nobody knows
/// @param atMillis when it was declared, by the store's clock
/// @param cause what the declarer said
record Gap(
        int slice, Position from, Position to, @Nullable Long count, long atMillis, String cause) {

    /// Whether a position may lie in both.
    boolean overlaps(Gap other) {
        return slice == other.slice && from.compareTo(other.to) < 0 && other.from.compareTo(to) < 0;
    }
}
