package dev.baton.slice;

import dev.baton.Position;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An entry of a lane: a fixed header of 24 bytes, the channel's name if there are several, then the payload.
///
/// ```
/// offset size  holds (numbers are unsigned and big-endian)
///      0    1  version, 1
///      1    1  attempts made before this one
///      2    1  crashes: how often a worker was lost while it held the entry
///      3    1  reserved, 0
///      4    2  length of the channel's name in bytes, 0 when the pipeline has one channel
///      6    6  the store's time at dispatch, milliseconds since 1970
///     12   12  position: term, mark, index
///     24    …  the channel's name, then the payload
/// ```
///
/// `lua/include/entry.lua` reads the same layout; docs/protocol.md describes it for workers in other languages. An entry out of a
/// [Pack] leaves its payload where it is, among those of its neighbours.
public final class Entry implements Element {

    /// Length of the fixed header in bytes.
    public static final int HEADER_BYTES = 24;

    /// Length of a position in an entry, in bytes.
    public static final int POSITION_BYTES = 12;

    private static final int POSITION_FROM = 12;

    /// Longest channel name that is kept, in bytes; a longer one is cut.
    public static final int MAX_CHANNEL_BYTES = 65_535;

    /// The layout's version, in the first byte.
    public static final byte VERSION = 1;

    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    // The header and the channel; of an entry that is an element by itself all of it.
    private final byte[] head;
    private final boolean isWhole;
    private final byte[] payloads;
    private final int payloadFrom;
    private final int payloadBytes;

    /// An entry that is an element by itself, or what stands in place of one.
    ///
    /// @param bytes the whole entry; not copied
    public Entry(byte[] bytes) {
        this.head = bytes;
        this.isWhole = true;
        this.payloads = bytes;
        this.payloadFrom = Math.min(bytes.length, HEADER_BYTES + channelLength());
        this.payloadBytes = bytes.length - payloadFrom;
    }

    private Entry(byte[] head, byte[] payloads, int payloadFrom, int payloadBytes) {
        this.head = head;
        this.isWhole = false;
        this.payloads = payloads;
        this.payloadFrom = payloadFrom;
        this.payloadBytes = payloadBytes;
    }

    /// Builds a fresh entry.
    ///
    /// @param position the message's identity
    /// @param storeMillis the store's time, as the dispatcher last heard it
    /// @param channel the channel's name, empty when the pipeline has one channel
    /// @param source where the payload's bytes are
    /// @param from where the payload begins in them
    /// @param length of the payload in bytes
    public static Entry of(
            Position position,
            long storeMillis,
            byte[] channel,
            byte[] source,
            int from,
            int length) {
        byte[] bytes = head(position, storeMillis, channel, length);
        System.arraycopy(source, from, bytes, bytes.length - length, length);
        return new Entry(bytes);
    }

    /// The same; the payload is not copied, and must not change.
    static Entry within(
            Position position,
            long storeMillis,
            byte[] channel,
            byte[] source,
            int from,
            int length) {
        return new Entry(head(position, storeMillis, channel, 0), source, from, length);
    }

    /// Header and channel, and room behind them.
    private static byte[] head(Position position, long storeMillis, byte[] channel, int room) {
        int channelLength = Math.min(channel.length, MAX_CHANNEL_BYTES);
        byte[] bytes = new byte[HEADER_BYTES + channelLength + room];
        bytes[0] = VERSION;
        bytes[4] = (byte) (channelLength >>> 8);
        bytes[5] = (byte) channelLength;
        putTimeAndPosition(bytes, storeMillis, position);
        System.arraycopy(channel, 0, bytes, HEADER_BYTES, channelLength);
        return bytes;
    }

    /// Packs have both at the same place.
    static void putTimeAndPosition(byte[] bytes, long storeMillis, Position position) {
        bytes[6] = (byte) (storeMillis >>> 40);
        bytes[7] = (byte) (storeMillis >>> 32);
        INT.set(bytes, 8, (int) storeMillis);
        INT.set(bytes, 12, position.term());
        INT.set(bytes, 16, position.mark());
        INT.set(bytes, 20, position.index());
    }

    /// The whole entry, copied only where the payload lies elsewhere.
    public byte[] bytes() {
        if (isWhole) {
            return head;
        }
        byte[] bytes = Arrays.copyOf(head, length());
        System.arraycopy(payloads, payloadFrom, bytes, head.length, payloadBytes);
        return bytes;
    }

    /// The same, that keeps no neighbours in memory.
    Entry copy() {
        return new Entry(bytes());
    }

    @Override
    public List<byte[]> parts() {
        return List.of(bytes());
    }

    @Override
    public int length() {
        return isWhole ? head.length : head.length + payloadBytes;
    }

    /// One.
    @Override
    public int size() {
        return 1;
    }

    /// Itself.
    @Override
    public List<Entry> entries() {
        return List.of(this);
    }

    /// A copy that has been through one more crash; what is shorter than a header is no entry and gets no mark.
    Entry withOneMoreCrash() {
        if (head.length < HEADER_BYTES) {
            return this;
        }
        byte[] copy = bytes().clone();
        copy[2] = (byte) Math.min(255, crashes() + 1);
        return new Entry(copy);
    }

    /// A copy that has been through one more attempt.
    Entry withOneMoreAttempt() {
        byte[] copy = bytes().clone();
        copy[1] = (byte) Math.min(255, attempts() + 1);
        return new Entry(copy);
    }

    /// Whether the bytes are an entry of the version described here; if not, attempts, time, position and channel mean nothing, or cannot
    /// be read.
    public boolean isReadable() {
        return head.length >= HEADER_BYTES
                && head[0] == VERSION
                && head.length >= HEADER_BYTES + channelLength();
    }

    /// Attempts made before this one.
    public int attempts() {
        return Byte.toUnsignedInt(head[1]);
    }

    /// How often a worker was lost while it held the entry.
    public int crashes() {
        return head.length < HEADER_BYTES ? 0 : Byte.toUnsignedInt(head[2]);
    }

    /// The store's time at dispatch, milliseconds since 1970.
    public long storeMillis() {
        return Byte.toUnsignedLong(head[6]) << 40
                | Byte.toUnsignedLong(head[7]) << 32
                | Integer.toUnsignedLong((int) INT.get(head, 8));
    }

    /// The message's identity.
    public Position position() {
        return new Position(
                (int) INT.get(head, 12), (int) INT.get(head, 16), (int) INT.get(head, 20));
    }

    /// Copies the position's bytes as they stand here; what an entry is too short for is left as it was.
    ///
    /// @param to where to
    /// @param at the first of [#POSITION_BYTES] bytes there
    public void copyPosition(byte[] to, int at) {
        int length = Math.clamp(head.length - POSITION_FROM, 0, POSITION_BYTES);
        System.arraycopy(head, head.length < POSITION_FROM ? 0 : POSITION_FROM, to, at, length);
    }

    /// The channel's name, or null when the pipeline has one channel.
    public @Nullable String channel() {
        int length = channelLength();
        return length == 0 ? null : new String(head, HEADER_BYTES, length, StandardCharsets.UTF_8);
    }

    /// The channel's name as it stands here, empty when the pipeline has one channel.
    byte[] channelBytes() {
        return Arrays.copyOfRange(head, HEADER_BYTES, HEADER_BYTES + channelLength());
    }

    /// What holds the payload, and perhaps those of others; not to be changed.
    public byte[] payloads() {
        return payloads;
    }

    /// Where the payload begins in [#payloads].
    public int payloadFrom() {
        return payloadFrom;
    }

    /// Length of the payload in bytes.
    public int payloadBytes() {
        return payloadBytes;
    }

    /// A copy of the payload.
    public byte[] payload() {
        return Arrays.copyOfRange(payloads, payloadFrom, payloadFrom + payloadBytes);
    }

    private int channelLength() {
        return head.length < HEADER_BYTES
                ? 0
                : Byte.toUnsignedInt(head[4]) << 8 | Byte.toUnsignedInt(head[5]);
    }

    /// Compares the bytes.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Entry entry && Arrays.equals(bytes(), entry.bytes());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes());
    }

    /// Says which entry this is; never shows the payload.
    @Override
    public String toString() {
        return "Entry["
                + (head.length < HEADER_BYTES ? "cut short" : position())
                + ", "
                + length()
                + " bytes]";
    }
}
