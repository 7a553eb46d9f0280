package dev.baton;

import java.util.HexFormat;

/// A message's identity: the last mark heard before it, and how many messages were heard since.
///
/// All three numbers are unsigned and 32 bits wide. Positions of one channel are ordered by age, and their text is of
/// fixed width, so that the text's byte order is the same order; scripts compare them as strings.
///
/// @param term the epoch under which the mark was published
/// @param mark the mark's number within the term
/// @param index the count of messages since the mark, from 0
public record Position(int term, int mark, int index) implements Comparable<Position> {

    /// Length of the text form in characters: three times eight hex digits and two dots.
    public static final int TEXT_LENGTH = 26;

    private static final HexFormat HEX = HexFormat.of();

    /// The position of the first message after a mark.
    ///
    /// @param term the mark's term, unsigned
    /// @param mark the mark's number, unsigned
    public static Position atMark(int term, int mark) {
        return new Position(term, mark, 0);
    }

    /// Reads the text form `tttttttt.mmmmmmmm.iiiiiiii`.
    ///
    /// @throws IllegalArgumentException if the text is anything else
    public static Position parse(String text) {
        if (text.length() != TEXT_LENGTH || text.charAt(8) != '.' || text.charAt(17) != '.') {
            throw new IllegalArgumentException("not a position: " + text);
        }
        return new Position(
                HexFormat.fromHexDigits(text, 0, 8),
                HexFormat.fromHexDigits(text, 9, 17),
                HexFormat.fromHexDigits(text, 18, 26));
    }

    /// The position that many messages further on after the same mark.
    ///
    /// @param messages how many, from 0
    public Position plus(int messages) {
        return new Position(term, mark, index + messages);
    }

    /// How many messages lie between this position and a later one after the same mark.
    ///
    /// @throws IllegalArgumentException if the two belong to different marks
    public long messagesUntil(Position later) {
        if (later.term != term || later.mark != mark) {
            throw new IllegalArgumentException(this + " and " + later + " follow different marks");
        }
        return Integer.toUnsignedLong(later.index) - Integer.toUnsignedLong(index);
    }

    @Override
    public int compareTo(Position other) {
        int byTerm = Integer.compareUnsigned(term, other.term);
        if (byTerm != 0) {
            return byTerm;
        }
        int byMark = Integer.compareUnsigned(mark, other.mark);
        return byMark != 0 ? byMark : Integer.compareUnsigned(index, other.index);
    }

    /// The text form that [#parse] reads.
    @Override
    public String toString() {
        return HEX.toHexDigits(term) + '.' + HEX.toHexDigits(mark) + '.' + HEX.toHexDigits(index);
    }
}
