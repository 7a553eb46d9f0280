package dev.baton.dispatch;

import dev.baton.Position;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A run of positions of one kind. Kept messages lie in it as records, one after the other: the payload's length, if there are
/// several channels the channel's length and its name, the payload. A record of a mark, where a length would be -1, stands before
/// the first message behind it. Records of messages are those of a [dev.baton.slice.Pack], to be copied as they are.
///
/// Not thread-safe.
final class Chunk {

    /// What became of its messages.
    enum Kind {
        /// They are in it.
        KEPT,
        /// Only their number is known.
        SHED,
        /// Nobody knows what was missed.
        BREAK
    }

    /// Of a payload's length.
    static final int LENGTH_BYTES = Integer.BYTES;

    /// Of a channel's length.
    static final int CHANNEL_LENGTH_BYTES = Short.BYTES;

    /// Of a mark's record.
    static final int MARK_BYTES = 3 * Integer.BYTES;

    /// In place of a length: term and mark follow.
    private static final int MARK = -1;

    /// Of what holds no records.
    static final byte[] NOTHING = {};

    private static final int[] NO_COUNTS = {};
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    final boolean several;
    Kind kind;
    Position start;
    byte[] data;
    int used;
    int messages;
    // How many messages there are of each slice; not kept where there is one slice.
    private final int[] ofSlice;
    // Where it ends, after its newest message.
    int endTerm;
    int endMark;
    int endIndex;

    /// @param data room for records, whatever is in it
    /// @param several whether records hold the channel
    Chunk(Kind kind, Position start, byte[] data, int slices, boolean several) {
        this.kind = kind;
        this.start = start;
        this.several = several;
        this.ofSlice = slices == 1 ? NO_COUNTS : new int[slices];
        this.data = data;
        endAt(start);
    }

    /// Gives its room away: there are no records in it any more for whoever still stands in it.
    byte[] release() {
        byte[] released = data;
        data = NOTHING;
        used = 0;
        return released;
    }

    /// After its newest message.
    Position end() {
        return new Position(endTerm, endMark, endIndex);
    }

    void endAt(Position end) {
        endTerm = end.term();
        endMark = end.mark();
        endIndex = end.index();
    }

    /// Counts a message.
    void count(int index) {
        messages++;
        if (ofSlice.length > 0) {
            ofSlice[Integer.remainderUnsigned(index, ofSlice.length)]++;
        }
    }

    void countAllOf(Chunk other) {
        messages += other.messages;
        for (int slice = 0; slice < ofSlice.length; slice++) {
            ofSlice[slice] += other.ofSlice[slice];
        }
    }

    int messagesOf(int slice) {
        return ofSlice.length == 0 ? messages : ofSlice[slice];
    }

    /// Bytes that are free at its end.
    int room() {
        return data.length - used;
    }

    /// Messages are there no more, only their number.
    void shed() {
        kind = Kind.SHED;
        data = NOTHING;
    }

    /// Writes the record of a mark.
    void writeMark(int term, int mark) {
        INT.set(data, used, MARK);
        INT.set(data, used + Integer.BYTES, term);
        INT.set(data, used + 2 * Integer.BYTES, mark);
        used += MARK_BYTES;
    }

    /// Writes a message's record up to its payload, for which it makes room.
    ///
    /// @return where the payload goes
    int beginRecord(byte[] channels, int channelFrom, int channelLength, int length) {
        INT.set(data, used, length);
        int at = used + LENGTH_BYTES;
        if (several) {
            data[at] = (byte) (channelLength >>> Byte.SIZE);
            data[at + 1] = (byte) channelLength;
            at += CHANNEL_LENGTH_BYTES;
            System.arraycopy(channels, channelFrom, data, at, channelLength);
            at += channelLength;
        }
        used = at + length;
        return at;
    }

    /// Whether the record at a place is a mark's.
    boolean isMark(int at) {
        return (int) INT.get(data, at) == MARK;
    }

    /// The mark whose record is at a place.
    Position markAt(int at) {
        return Position.atMark(
                (int) INT.get(data, at + Integer.BYTES),
                (int) INT.get(data, at + 2 * Integer.BYTES));
    }

    /// Length of the payload whose record is at a place.
    int payloadBytes(int at) {
        return (int) INT.get(data, at);
    }

    /// Length of the message's record at a place.
    int recordBytes(int at) {
        int bytes = LENGTH_BYTES + payloadBytes(at);
        return several ? bytes + CHANNEL_LENGTH_BYTES + channelLengthAt(at + LENGTH_BYTES) : bytes;
    }

    /// A channel's length, where it is written.
    int channelLengthAt(int at) {
        return Byte.toUnsignedInt(data[at]) << Byte.SIZE | Byte.toUnsignedInt(data[at + 1]);
    }

    /// Forgets kept messages that lie before a mark.
    void cutHead(Position mark) {
        int at = 0;
        while (at < used && !(isMark(at) && markAt(at).compareTo(mark) >= 0)) {
            at += isMark(at) ? MARK_BYTES : recordBytes(at);
        }
        data = Arrays.copyOfRange(data, at, at + data.length);
        used -= at;
        start = mark;
        recount();
    }

    private void recount() {
        messages = 0;
        Arrays.fill(ofSlice, 0);
        int number = start.index();
        for (int at = 0; at < used; ) {
            if (isMark(at)) {
                number = 0;
                at += MARK_BYTES;
            } else {
                count(number++);
                at += recordBytes(at);
            }
        }
    }
}
