package dev.baton.source;

import dev.baton.Position;

/// What was heard between two marks, in short: two dispatchers that give the same account of a segment heard the same.
///
/// @param term of the mark that opened it
/// @param mark of the mark that opened it
/// @param count of messages, unsigned
/// @param digest over the nonce of that mark and their bytes, in order
public record Segment(int term, int mark, int count, long digest) {

    /// Where it begins.
    public Position start() {
        return Position.atMark(term, mark);
    }
}
