package dev.baton.source;

import dev.baton.Position;

/// Counts messages since the last mark. Not thread-safe.
public final class Numbering {

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

    /// The position the next message will have.
    public Position next() {
        return new Position(term, mark, index);
    }

    /// Gives the next message its position.
    public Position number() {
        return new Position(term, mark, index++);
    }
}
