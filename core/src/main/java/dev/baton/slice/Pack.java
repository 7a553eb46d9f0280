package dev.baton.slice;

import dev.baton.Position;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A run of messages in one element of a lane: for the store an element costs more than the bytes of many messages. A fixed
/// header of 28 bytes is followed by a record for each message, just as a dispatcher keeps it.
///
/// ```
/// offset size  holds (numbers are unsigned and big-endian)
///      0    1  version, 2
///      1    1  0: what was tried before, or was in the hands of a lost worker, is an entry of its own
///      2    1  0
///      3    1  1 if records hold the channel, else 0
///      4    2  0
///      6    6  the store's time at dispatch, milliseconds since 1970
///     12   12  position of the first message: term, mark, index
///     24    2  number of messages, at least 1
///     26    1  how far the indexes of two neighbours are apart: the number of slices
///     27    1  0
///     28    …  records: length of the payload in 4 bytes, if the channel is there its length in 2 bytes and its name, the payload
/// ```
///
/// A record that is cut short, and all behind it, stand for empty messages without a channel. `lua/include/packs.lua` reads the
/// same layout; docs/protocol.md describes it for workers in other languages.
///
/// @param bytes the whole pack; not copied
public record Pack(byte[] bytes) implements Element {

    /// Length of the header in bytes.
    public static final int HEADER_BYTES = 28;

    /// The layout's version, in the first byte.
    public static final byte VERSION = 2;

    /// Most messages of a pack.
    public static final int MAX_ENTRIES = Slice.MAX_ENTRIES;

    /// Bytes at which a pack is full, passed by none: a worker that is done with a part of one has the rest written anew, and larger ones
    /// save next to nothing.
    public static final int MAX_BYTES = 16 << 10;

    private static final int COUNT_AT = 24;
    private static final int STEP_AT = 26;
    private static final int LENGTH_BYTES = Integer.BYTES;
    private static final int CHANNEL_LENGTH_BYTES = Short.BYTES;
    private static final byte[] NOTHING = {};
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    /// @throws IllegalArgumentException if that is no pack
    public Pack {
        if (!isPack(bytes)) {
            throw new IllegalArgumentException("no pack");
        }
    }

    static boolean isPack(byte[] bytes) {
        return bytes.length >= HEADER_BYTES && bytes[0] == VERSION && countIn(bytes) > 0;
    }

    /// Makes room for a pack and writes its header; the records, from [#HEADER_BYTES] on, are the caller's to write.
    ///
    /// @param first position of the first message
    /// @param step the number of slices, at most 255
    /// @param storeMillis the store's time, as the dispatcher last heard it
    /// @param several whether records hold the channel
    /// @param count of messages, 1 to [#MAX_ENTRIES]
    /// @param recordBytes of all records
    public static byte[] withHeader(
            Position first,
            int step,
            long storeMillis,
            boolean several,
            int count,
            int recordBytes) {
        byte[] bytes = new byte[HEADER_BYTES + recordBytes];
        bytes[0] = VERSION;
        bytes[3] = (byte) (several ? 1 : 0);
        Entry.putTimeAndPosition(bytes, storeMillis, first);
        bytes[COUNT_AT] = (byte) (count >>> Byte.SIZE);
        bytes[COUNT_AT + 1] = (byte) count;
        bytes[STEP_AT] = (byte) step;
        return bytes;
    }

    private static int countIn(byte[] bytes) {
        return twoBytes(bytes, COUNT_AT);
    }

    private static int twoBytes(byte[] bytes, int at) {
        return Byte.toUnsignedInt(bytes[at]) << Byte.SIZE | Byte.toUnsignedInt(bytes[at + 1]);
    }

    @Override
    public int size() {
        return countIn(bytes);
    }

    @Override
    public List<Entry> entries() {
        int count = size();
        List<Entry> entries = new ArrayList<>(count);
        Entry head = new Entry(bytes);
        Position first = head.position();
        long millis = head.storeMillis();
        int step = Byte.toUnsignedInt(bytes[STEP_AT]);
        boolean several = (bytes[3] & 1) != 0;
        int at = HEADER_BYTES;
        for (int i = 0; i < count; i++) {
            Position position = new Position(first.term(), first.mark(), first.index() + i * step);
            byte[] channel = several ? channelAt(at + LENGTH_BYTES) : NOTHING;
            int length = at <= bytes.length - LENGTH_BYTES ? (int) INT.get(bytes, at) : -1;
            long from =
                    (long) at
                            + LENGTH_BYTES
                            + (channel == null || !several
                                    ? 0
                                    : CHANNEL_LENGTH_BYTES + channel.length);
            if (length < 0 || channel == null || from + length > bytes.length) {
                entries.add(Entry.of(position, millis, NOTHING, bytes, 0, 0));
                at = bytes.length;
            } else {
                entries.add(Entry.of(position, millis, channel, bytes, (int) from, length));
                at = (int) from + length;
            }
        }
        return entries;
    }

    /// Null where it is cut short.
    private byte @Nullable [] channelAt(int at) {
        if (at > bytes.length - CHANNEL_LENGTH_BYTES) {
            return null;
        }
        int from = at + CHANNEL_LENGTH_BYTES;
        int length = twoBytes(bytes, at);
        return from + length > bytes.length ? null : Arrays.copyOfRange(bytes, from, from + length);
    }

    /// Compares the bytes.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Pack pack && Arrays.equals(bytes, pack.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /// Says which messages these are; never shows a payload.
    @Override
    public String toString() {
        return "Pack[" + size() + " from " + new Entry(bytes).position() + "]";
    }
}
