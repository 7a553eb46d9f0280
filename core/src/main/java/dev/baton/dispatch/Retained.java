package dev.baton.dispatch;

import dev.baton.Position;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/// The messages a leader heard and may still need, packed in chunks in the order of their positions.
///
/// A record is a length and the bytes: 4 bytes more than the payload, 2 more with the channel's length and the channel
/// if there are several. When the bound is reached, newer messages are shed: only their number is kept, so that the
/// loss can be declared exactly. Not thread-safe.
final class Retained {

    /// Small enough that the collector does not treat a chunk as humongous at common heap sizes.
    static final int CHUNK_BYTES = 256 << 10;

    private static final int LENGTH_BYTES = 4;
    private static final int CHANNEL_LENGTH_BYTES = 2;
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private final long maxBytes;
    private final boolean several;
    private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();
    private long bytes;
    private Position end;

    /// @param start position of the first message to come
    /// @param maxBytes most bytes of memory the chunks may take
    /// @param several whether channels are kept with their messages
    Retained(Position start, long maxBytes, boolean several) {
        this.end = start;
        this.maxBytes = maxBytes;
        this.several = several;
    }

    /// Consecutive messages of one term and mark: kept ones, or shed ones of which only the number is known.
    private static final class Chunk {
        final Position start;
        final byte[] data;
        final boolean shed;
        int used;
        int messages;

        Chunk(Position start, int capacity, boolean shed) {
            this.start = start;
            this.data = new byte[capacity];
            this.shed = shed;
        }

        Position end() {
            return start.plus(messages);
        }
    }

    /// Position after the newest message.
    Position end() {
        return end;
    }

    /// Memory taken.
    long bytes() {
        return bytes;
    }

    /// Keeps the next message, or sheds it if there is no room.
    ///
    /// @return false if it was shed
    boolean append(byte[] channel, byte[] payload) {
        int needed =
                LENGTH_BYTES
                        + payload.length
                        + (several ? CHANNEL_LENGTH_BYTES + channelLength(channel) : 0);
        Chunk last = chunks.peekLast();
        if (last == null || last.shed || last.data.length - last.used < needed) {
            int capacity = Math.max(CHUNK_BYTES, needed);
            if (bytes + capacity > maxBytes) {
                shed(last);
                return false;
            }
            last = new Chunk(end, capacity, false);
            chunks.addLast(last);
            bytes += capacity;
        }
        write(last, channel, payload);
        last.messages++;
        end = end.plus(1);
        return true;
    }

    private void shed(@Nullable Chunk last) {
        Chunk run = last;
        if (run == null || !run.shed) {
            run = new Chunk(end, 0, true);
            chunks.addLast(run);
        }
        run.messages++;
        end = end.plus(1);
    }

    private void write(Chunk chunk, byte[] channel, byte[] payload) {
        INT.set(chunk.data, chunk.used, payload.length);
        chunk.used += LENGTH_BYTES;
        if (several) {
            int length = channelLength(channel);
            chunk.data[chunk.used] = (byte) (length >>> 8);
            chunk.data[chunk.used + 1] = (byte) length;
            System.arraycopy(channel, 0, chunk.data, chunk.used + CHANNEL_LENGTH_BYTES, length);
            chunk.used += CHANNEL_LENGTH_BYTES + length;
        }
        System.arraycopy(payload, 0, chunk.data, chunk.used, payload.length);
        chunk.used += payload.length;
    }

    private static int channelLength(byte[] channel) {
        return Math.min(channel.length, dev.baton.slice.Entry.MAX_CHANNEL_BYTES);
    }

    /// Forgets whole chunks that lie before a position.
    void releaseBefore(Position safe) {
        Chunk first;
        while ((first = chunks.peekFirst()) != null && first.end().compareTo(safe) <= 0) {
            chunks.removeFirst();
            bytes -= first.data.length;
        }
    }

    /// A reader that begins at a position; it stays valid while messages are appended, and while nothing at or after it
    /// is released.
    ///
    /// @param from at most [#end]; a position before everything kept reads from the oldest message kept
    Cursor cursorAt(Position from) {
        return new Cursor(from);
    }

    /// Walks over the messages in order.
    final class Cursor {
        private @Nullable Chunk chunk;
        private int read;
        private int offset;
        private Position next;

        private Cursor(Position from) {
            next = from;
            for (Iterator<Chunk> all = chunks.iterator(); all.hasNext() && chunk == null; ) {
                Chunk candidate = all.next();
                if (candidate.end().compareTo(from) > 0) {
                    chunk = candidate;
                }
            }
            if (chunk != null) {
                if (chunk.start.compareTo(from) > 0) {
                    next = chunk.start;
                }
                long skipped = chunk.start.messagesUntil(next);
                for (long i = 0; i < skipped && !chunk.shed; i++) {
                    skip(chunk);
                }
                read = (int) skipped;
            }
        }

        /// Position of the next message.
        Position next() {
            return next;
        }

        /// How many shed messages come next; 0 if a kept one or none comes next.
        long shed() {
            Chunk current = settle();
            return current != null && current.shed ? current.messages - (long) read : 0;
        }

        /// Goes past the shed messages that come next.
        ///
        /// @return how many they were
        long skipShed() {
            long count = shed();
            read += (int) count;
            next = next.plus((int) count);
            return count;
        }

        /// Bytes of the next kept message's payload, or -1 if none comes next.
        int peekLength() {
            Chunk current = settle();
            return current == null || current.shed ? -1 : (int) INT.get(current.data, offset);
        }

        /// Takes the next kept message as a lane's entry.
        dev.baton.slice.Entry take(long storeMillis) {
            Chunk current = settle();
            if (current == null || current.shed) {
                throw new IllegalStateException("no kept message comes next");
            }
            int length = (int) INT.get(current.data, offset);
            int at = offset + LENGTH_BYTES;
            byte[] channel = {};
            if (several) {
                int channelLength = channelLengthAt(current, at);
                at += CHANNEL_LENGTH_BYTES;
                channel = java.util.Arrays.copyOfRange(current.data, at, at + channelLength);
                at += channelLength;
            }
            var entry =
                    dev.baton.slice.Entry.of(next, storeMillis, channel, current.data, at, length);
            offset = at + length;
            read++;
            next = next.plus(1);
            return entry;
        }

        private void skip(Chunk current) {
            int length = (int) INT.get(current.data, offset);
            offset += LENGTH_BYTES;
            if (several) {
                offset += CHANNEL_LENGTH_BYTES + channelLengthAt(current, offset);
            }
            offset += length;
        }

        /// The chunk with the next message, or null if there is none.
        private @Nullable Chunk settle() {
            if (chunk != null && read < chunk.messages) {
                return chunk;
            }
            if (next.equals(end)) {
                return null;
            }
            Cursor fresh = new Cursor(next);
            chunk = fresh.chunk;
            read = fresh.read;
            offset = fresh.offset;
            next = fresh.next;
            return chunk;
        }

        private static int channelLengthAt(Chunk current, int at) {
            return Byte.toUnsignedInt(current.data[at]) << 8
                    | Byte.toUnsignedInt(current.data[at + 1]);
        }
    }
}
