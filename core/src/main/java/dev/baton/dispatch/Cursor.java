package dev.baton.dispatch;

import dev.baton.Position;
import dev.baton.slice.Element;
import dev.baton.slice.Entry;
import dev.baton.slice.Pack;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// Walks over what a dispatcher has [Retained] of one slice, in order; passes over what belongs to others. It stays valid while messages
/// are appended, and while nothing at or after it is released.
///
/// Not thread-safe; it looks at the chunks as they are.
final class Cursor {

    /// A loss that has to be declared.
    ///
    /// @param to its exclusive end
    /// @param count how many messages, or null if nobody knows
    /// @param cause for people
    record Loss(Position to, @Nullable Long count, String cause) {}

    private static final byte[] NOTHING = {};

    private final Deque<Chunk> chunks;
    private final int slices;
    private final int slice;
    private final Position from;
    private final @Nullable Position until;
    private @Nullable Chunk chunk;
    private int offset;
    private int read;
    private int atTerm;
    private int atMark;
    private int atIndex;
    private boolean reached;
    private boolean readKnown;

    /// @param chunks all that is retained, oldest first; only read
    /// @param slices how many there are
    /// @param slice whose messages are wanted
    /// @param from what lies before it is passed over, also what comes later
    /// @param until what comes from there on does not belong to the slice; null if it goes on
    Cursor(Deque<Chunk> chunks, int slices, int slice, Position from, @Nullable Position until) {
        this.chunks = chunks;
        this.slices = slices;
        this.slice = slice;
        this.from = from;
        this.until = until;
        at(from);
    }

    private Cursor(Cursor other) {
        this.chunks = other.chunks;
        this.slices = other.slices;
        this.slice = other.slice;
        this.from = other.from;
        this.until = other.until;
        this.chunk = other.chunk;
        this.offset = other.offset;
        this.read = other.read;
        this.atTerm = other.atTerm;
        this.atMark = other.atMark;
        this.atIndex = other.atIndex;
        this.reached = other.reached;
        this.readKnown = other.readKnown;
    }

    private void at(Position next) {
        atTerm = next.term();
        atMark = next.mark();
        atIndex = next.index();
    }

    /// After what was taken last, or where the cursor began.
    Position position() {
        Position here = here();
        return until != null && here.compareTo(until) > 0 ? until : here;
    }

    private Position here() {
        return new Position(atTerm, atMark, atIndex);
    }

    /// Whether a message or a loss comes next.
    boolean hasNext() {
        return next() != null;
    }

    /// Whether a loss comes next.
    boolean lossNext() {
        Chunk current = next();
        return current != null && current.kind != Chunk.Kind.KEPT;
    }

    /// Takes the loss that comes next.
    Loss takeLoss() {
        Chunk current = next();
        if (current == null || current.kind == Chunk.Kind.KEPT) {
            throw new IllegalStateException("no loss comes next");
        }
        Position to = current.end();
        Long count = (long) current.messagesOf(slice) - read;
        boolean goesOn = until != null && to.compareTo(until) > 0;
        if (current.kind == Chunk.Kind.BREAK || count <= 0 || goesOn) {
            count = null;
        }
        if (until != null && goesOn) {
            to = until;
        }
        read = current.messagesOf(slice);
        readKnown = true;
        at(to);
        return new Loss(
                to,
                count,
                current.kind == Chunk.Kind.BREAK ? "nobody listened" : "the buffer was full");
    }

    /// Bytes of the next kept message's payload, or -1 if none comes next.
    int peekLength() {
        Chunk current = next();
        return current == null || current.kind != Chunk.Kind.KEPT
                ? -1
                : current.payloadBytes(offset);
    }

    /// Takes the next kept message as a lane's entry.
    Entry take(long storeMillis) {
        Chunk current = next();
        if (current == null || current.kind != Chunk.Kind.KEPT) {
            throw new IllegalStateException("no kept message comes next");
        }
        int length = current.payloadBytes(offset);
        int at = offset + Chunk.LENGTH_BYTES;
        byte[] channel = NOTHING;
        if (current.several) {
            int channelLength = current.channelLengthAt(at);
            at += Chunk.CHANNEL_LENGTH_BYTES;
            channel = Arrays.copyOfRange(current.data, at, at + channelLength);
            at += channelLength;
        }
        Entry entry = Entry.of(here(), storeMillis, channel, current.data, at, length);
        offset = at + length;
        atIndex++;
        return entry;
    }

    /// How many kept messages come next, before anything else does.
    ///
    /// @param mostMessages to count
    /// @param mostBytes of their payloads, passed by a single message
    int kept(int mostMessages, long mostBytes) {
        Cursor ahead = new Cursor(this);
        int messages = 0;
        long payloads = 0;
        Chunk at;
        while (messages < mostMessages
                && (at = ahead.next()) != null
                && at.kind == Chunk.Kind.KEPT
                && (payloads += at.payloadBytes(ahead.offset)) <= mostBytes) {
            ahead.skip(at);
            messages++;
        }
        return messages == 0 && peekLength() >= 0 ? 1 : messages;
    }

    /// Takes the next kept messages as one element of a lane: as a pack where there are several that lie together, or a large one.
    ///
    /// @param mostMessages to take, at least 1
    Element take(long storeMillis, int mostMessages) {
        Chunk current = next();
        if (current == null || current.kind != Chunk.Kind.KEPT) {
            throw new IllegalStateException("no kept message comes next");
        }
        int messages = 0;
        int records = 0;
        int at = offset;
        int index = atIndex;
        int end = at;
        while (messages < mostMessages
                && at < current.used
                && !current.isMark(at)
                && isBeforeEnd(index)) {
            int record = current.recordBytes(at);
            if (isOurs(index)) {
                if (messages > 0 && records + record > Pack.MAX_BODY_BYTES) {
                    break;
                }
                messages++;
                records += record;
                end = at + record;
            }
            at += record;
            index++;
        }
        if (messages == 1 && records < Pack.MIN_SINGLE_BYTES) {
            return take(storeMillis);
        }
        Position first = here();
        byte[] body = takeOurs(current, messages, records, end);
        return Pack.of(first, slices, storeMillis, current.several, messages, body);
    }

    /// Ours are next to each other where there is one slice.
    private byte[] takeOurs(Chunk current, int messages, int recordBytes, int end) {
        if (slices == 1) {
            byte[] all = Arrays.copyOfRange(current.data, offset, end);
            atIndex += messages;
            offset = end;
            return all;
        }
        byte[] ours = new byte[recordBytes];
        int to = 0;
        while (offset < end) {
            int record = current.recordBytes(offset);
            if (isOurs(atIndex)) {
                System.arraycopy(current.data, offset, ours, to, record);
                to += record;
            }
            offset += record;
            atIndex++;
        }
        return ours;
    }

    private boolean isBeforeEnd(int index) {
        return until == null || new Position(atTerm, atMark, index).compareTo(until) < 0;
    }

    /// The chunk that holds what comes next, or null if nothing does.
    private @Nullable Chunk next() {
        Chunk found = settle();
        return found == null || until == null || here().compareTo(until) < 0 ? found : null;
    }

    /// As [#next], past the end of the slice too.
    private @Nullable Chunk settle() {
        while (true) {
            Chunk current = chunk;
            if (current == null || passed(current)) {
                Chunk found = find();
                if (found == null) {
                    return null;
                }
                if (found != current) {
                    enter(found);
                    continue;
                }
                current = found;
            }
            if (current.kind != Chunk.Kind.KEPT) {
                if (concerns(current)) {
                    return current;
                }
                at(current.end());
                continue;
            }
            if (current.isMark(offset)) {
                at(current.markAt(offset));
                offset += Chunk.MARK_BYTES;
            } else if (reached || here().compareTo(from) >= 0) {
                reached = true;
                if (isOurs(atIndex)) {
                    return current;
                }
                skip(current);
            } else {
                skip(current);
            }
        }
    }

    private boolean isOurs(int number) {
        return slices == 1 || Integer.remainderUnsigned(number, slices) == slice;
    }

    /// Whether a break or a shed run may hold messages of ours that were not declared.
    private boolean concerns(Chunk loss) {
        return slices == 1
                || loss.kind == Chunk.Kind.BREAK
                || !readKnown
                || loss.messagesOf(slice) > read;
    }

    private boolean passed(Chunk current) {
        return current.kind == Chunk.Kind.KEPT
                ? offset >= current.used
                : here().compareTo(current.end()) >= 0;
    }

    private @Nullable Chunk find() {
        Chunk last = chunks.peekLast();
        Position here = here();
        if (last == null || last.end().compareTo(here) <= 0) {
            return null;
        }
        for (Chunk candidate : chunks) {
            if (candidate.end().compareTo(here) > 0) {
                return candidate;
            }
        }
        return null;
    }

    private void enter(Chunk found) {
        chunk = found;
        offset = 0;
        read = 0;
        readKnown = true;
        if (found.kind == Chunk.Kind.KEPT || found.start.compareTo(here()) > 0) {
            at(found.start);
        } else if (found.kind == Chunk.Kind.SHED) {
            read = shedBefore(found);
        }
    }

    /// How many messages of ours in a shed run lie before the cursor; all of them, for want of a better number, when a
    /// mark lies between.
    private int shedBefore(Chunk run) {
        readKnown = run.start.term() == atTerm && run.start.mark() == atMark;
        if (!readKnown) {
            return run.messagesOf(slice);
        }
        return oursBefore(atIndex) - oursBefore(run.start.index());
    }

    /// How many of the first messages of a segment are ours.
    private int oursBefore(int number) {
        return (int) ((Integer.toUnsignedLong(number) + slices - 1L - slice) / slices);
    }

    private void skip(Chunk current) {
        offset += current.recordBytes(offset);
        atIndex++;
    }
}
