package dev.baton.slice;

import dev.baton.Position;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A run of messages in a lane: for the store an element costs more than the bytes of many messages. It takes two places of the
/// list, so that scripts, which pay for each byte they look at, need look at the head only:
///
/// ```
/// offset size  of the head holds (numbers are unsigned and big-endian)
///      0    1  version, 2
///      1    1  0: what was tried before, or was in the hands of a lost worker, is an entry of its own
///      2    1  0
///      3    1  1 if records hold the channel, else 0
///      4    2  0
///      6    6  the store's time at dispatch, milliseconds since 1970
///     12   12  position of the first message
///     24    2  number of messages, at least 1
///     26    1  how far the indexes of two neighbours are apart: the number of slices
///     27    1  0
///     28    4  where in the body the first record begins: not 0 where a part of the pack is gone
///     32    4  length of the body
/// ```
///
/// The body is a record for each message, just as a dispatcher keeps it: length of the payload in 4 bytes, if the channel is there its
/// length in 2 bytes and its name, the payload. A record that is cut short, and all behind it, stand for empty messages without a channel.
/// `lua/include/packs.lua` reads the same layout; docs/protocol.md describes it for workers in other languages.
///
/// @param head not copied
/// @param body not copied
public record Pack(byte[] head, byte[] body) implements Element {

    /// Length of the head in bytes.
    public static final int HEAD_BYTES = 36;

    /// The layout's version, in the first byte of the head.
    public static final byte VERSION = 2;

    /// Bytes of the body at which a pack is full, passed by a single message only: a worker that takes a part of a pack is sent all of the
    /// body, and larger ones save next to nothing.
    public static final int MAX_BODY_BYTES = 16 << 10;

    /// A single message whose record has at least so many bytes is a pack too, a smaller one an entry: to keep its payload out of scripts
    /// is then worth a second place.
    public static final int MIN_SINGLE_BYTES = 1 << 10;

    private static final int COUNT_AT = 24;
    private static final int STEP_AT = 26;
    private static final int FROM_AT = 28;
    private static final int BODY_LENGTH_AT = 32;
    private static final int LENGTH_BYTES = Integer.BYTES;
    private static final int CHANNEL_LENGTH_BYTES = Short.BYTES;
    static final byte[] NOTHING = {};
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    /// @throws IllegalArgumentException if that is no head
    public Pack {
        if (!isHead(head)) {
            throw new IllegalArgumentException("no head of a pack");
        }
    }

    static boolean isHead(byte[] part) {
        return part.length >= HEAD_BYTES && part[0] == VERSION && countIn(part) > 0;
    }

    /// A pack of whole records.
    ///
    /// @param first position of the first message
    /// @param step the number of slices, at most 255
    /// @param storeMillis the store's time, as the dispatcher last heard it
    /// @param several whether records hold the channel
    /// @param count of messages, 1 to [Slice#MAX_ENTRIES]
    /// @param body the records; not copied
    public static Pack of(
            Position first, int step, long storeMillis, boolean several, int count, byte[] body) {
        byte[] head = new byte[HEAD_BYTES];
        head[0] = VERSION;
        head[3] = (byte) (several ? 1 : 0);
        Entry.putTimeAndPosition(head, storeMillis, first);
        head[COUNT_AT] = (byte) (count >>> Byte.SIZE);
        head[COUNT_AT + 1] = (byte) count;
        head[STEP_AT] = (byte) step;
        INT.set(head, BODY_LENGTH_AT, body.length);
        return new Pack(head, body);
    }

    private static int countIn(byte[] head) {
        return twoBytes(head, COUNT_AT);
    }

    private static int twoBytes(byte[] bytes, int at) {
        return Byte.toUnsignedInt(bytes[at]) << Byte.SIZE | Byte.toUnsignedInt(bytes[at + 1]);
    }

    @Override
    public List<byte[]> parts() {
        return List.of(head, body);
    }

    @Override
    public int length() {
        return head.length + body.length;
    }

    @Override
    public int size() {
        return countIn(head);
    }

    @Override
    public List<Entry> entries() {
        int count = size();
        List<Entry> entries = new ArrayList<>(count);
        Entry about = new Entry(head);
        Position first = about.position();
        long millis = about.storeMillis();
        int step = Byte.toUnsignedInt(head[STEP_AT]);
        boolean several = (head[3] & 1) != 0;
        int begin = (int) INT.get(head, FROM_AT);
        int at = begin < 0 || begin > body.length ? body.length : begin;
        for (int i = 0; i < count; i++) {
            Position position = first.plus(i * step);
            byte[] channel = several ? channelAt(at + LENGTH_BYTES) : NOTHING;
            int length = at <= body.length - LENGTH_BYTES ? (int) INT.get(body, at) : -1;
            long from =
                    (long) at
                            + LENGTH_BYTES
                            + (channel == null || !several
                                    ? 0
                                    : CHANNEL_LENGTH_BYTES + channel.length);
            if (length < 0 || channel == null || from + length > body.length) {
                entries.add(Entry.within(position, millis, NOTHING, body, 0, 0));
                at = body.length;
            } else {
                entries.add(Entry.within(position, millis, channel, body, (int) from, length));
                at = (int) from + length;
            }
        }
        return entries;
    }

    /// Null where it is cut short.
    private byte @Nullable [] channelAt(int at) {
        if (at > body.length - CHANNEL_LENGTH_BYTES) {
            return null;
        }
        int from = at + CHANNEL_LENGTH_BYTES;
        int length = twoBytes(body, at);
        return from + length > body.length ? null : Arrays.copyOfRange(body, from, from + length);
    }

    /// Compares the bytes.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Pack pack
                && Arrays.equals(head, pack.head)
                && Arrays.equals(body, pack.body);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(head) + Arrays.hashCode(body);
    }

    /// Says which messages these are; never shows a payload.
    @Override
    public String toString() {
        return "Pack[" + size() + " from " + new Entry(head).position() + "]";
    }
}
