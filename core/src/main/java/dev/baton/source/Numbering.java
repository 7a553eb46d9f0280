package dev.baton.source;

import dev.baton.Position;

/// Counts messages since the last mark. Not thread-safe.
public final class Numbering {

    /// Far enough from the wrap that what is queued still fits.
    private static final int LAST_SAFE_INDEX = 0xFFF0_0000;

    private final int term;
    private final int mark;
    private int index;

    private Numbering(Position next) {
        term = next.term();
        mark = next.mark();
        index = next.index();
    }

    /// Goes on from a position.
    ///
    /// @param next the position of the next message
    public static Numbering from(Position next) {
        return new Numbering(next);
    }

    /// Whether the term is nearly used up, so that a new one has to begin before the index wraps.
    public boolean nearlyUsedUp() {
        return Integer.compareUnsigned(index, LAST_SAFE_INDEX) > 0;
    }

    /// The position the next message will have.
    public Position next() {
        return new Position(term, mark, index);
    }

    /// Gives the next message its position.
    public Position number() {
        return new Position(term, mark, index++);
    }
}
