package dev.baton.dispatch;

import dev.baton.Position;
import dev.baton.slice.Element;
import dev.baton.slice.Entry;
import dev.baton.slice.Pack;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The messages a dispatcher heard and may still need, in the order of their positions: kept ones packed in chunks,
/// runs of shed ones of which only the number is known, and breaks, in which nobody knows what was missed.
///
/// A record in a chunk is a length and the bytes: 4 bytes more than the payload, and 2 more with the channel's length
/// and the channel if there are several. The first message behind a mark has a record of the mark before it, so a chunk
/// may span many segments. What a former subscription heard stays, behind a break, until it is safe: a store that lost
/// its tail may ask for it. What is heard before any mark has no place among the positions yet and lies apart.
///
/// All slices share it: a message belongs to slice `index mod slices`, and is released once it lies before what is safe in
/// each of them.
///
/// Not thread-safe.
final class Retained {

    /// Small enough that the collector does not treat a chunk as humongous at common heap sizes.
    static final int CHUNK_BYTES = 256 << 10;

    /// Marks whose place among the messages is remembered: more than three hours of them at the usual interval. For a
    /// watermark behind an older one, a gap is declared.
    static final int MAX_MARKS = 1 << 16;

    /// How often, while messages grow old enough to be forgotten, it is noted what is safe.
    private static final int NOTES_PER_RETENTION = 16;

    /// While the store shows nothing no note becomes due.
    private static final int MAX_NOTES = 4 * NOTES_PER_RETENTION;

    private static final int LENGTH_BYTES = Integer.BYTES;
    private static final int CHANNEL_LENGTH_BYTES = Short.BYTES;

    /// In place of a length: term and mark follow.
    private static final int MARK = -1;

    private static final int MARK_BYTES = 3 * Integer.BYTES;
    private static final byte[] NOTHING = {};
    private static final int[] NO_COUNTS = {};
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private final long maxBytes;
    private final long retentionNanos;
    private final Overflow overflow;
    private final boolean several;
    private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();
    private final ArrayDeque<Chunk> unnumbered = new ArrayDeque<>();
    private final NavigableSet<Position> marks = new TreeSet<>();
    private final NavigableSet<Position> doubtfulMarks = new TreeSet<>();
    private final ArrayDeque<Note> notes = new ArrayDeque<>();
    private Position safeForLong = Position.atMark(0, 0);
    private final Progress progress;
    private Position safe = Position.atMark(0, 0);
    private Position completeFrom = safe;
    private Position floor = safe;
    private @Nullable Position unsureFrom;
    private int term;
    private int mark;
    private int index;
    private long bytes;
    private long shed;
    private long givenUpUnsafe;

    /// What was safe at a moment.
    private record Note(Position safe, long nanos) {}

    /// @param maxBytes most bytes of memory the chunks may take
    /// @param retentionNanos how long a message is kept after the store has it
    /// @param overflow what is shed when the bound is reached
    /// @param several whether channels are kept with their messages
    /// @param slices how many there are
    Retained(long maxBytes, long retentionNanos, Overflow overflow, boolean several, int slices) {
        this.progress = new Progress(slices);
        this.maxBytes = maxBytes;
        this.retentionNanos = retentionNanos;
        this.overflow = overflow;
        this.several = several;
    }

    private enum Kind {
        KEPT,
        SHED,
        BREAK
    }

    /// A run of positions of one kind.
    private static final class Chunk {
        Kind kind;
        Position start;
        byte[] data;
        int used;
        int messages;
        // How many messages there are of each slice; not kept where there is one slice.
        int[] ofSlice;
        // Where it ends, after its newest message.
        int endTerm;
        int endMark;
        int endIndex;

        Chunk(Kind kind, Position start, int capacity, int slices) {
            this.kind = kind;
            this.start = start;
            this.ofSlice = slices == 1 ? NO_COUNTS : new int[slices];
            this.data = capacity == 0 ? NOTHING : new byte[capacity];
            endAt(start);
        }

        Position end() {
            return new Position(endTerm, endMark, endIndex);
        }

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

        void endAt(Position end) {
            endTerm = end.term();
            endMark = end.mark();
            endIndex = end.index();
        }
    }

    /// Position of the next message.
    Position end() {
        return new Position(term, mark, index);
    }

    /// Position of the oldest message kept, or [#end] if there is none.
    Position oldest() {
        Chunk first = chunks.peekFirst();
        return first == null ? end() : first.start;
    }

    /// From where on nothing was released that the present subscription heard.
    Position completeFrom() {
        return completeFrom;
    }

    /// The position before which nothing is kept.
    Position floor() {
        return floor;
    }

    /// Whether something is kept that a former subscription heard.
    boolean holdsFormer() {
        return chunks.stream().anyMatch(chunk -> chunk.kind == Kind.BREAK)
                || (term == 0 && !chunks.isEmpty());
    }

    /// Memory taken.
    long bytes() {
        return bytes;
    }

    /// Messages shed since the start.
    long shed() {
        return shed;
    }

    /// Messages given up for want of room that the store had, but not safely.
    long givenUpUnsafe() {
        return givenUpUnsafe;
    }

    /// A new subscription begins; nobody knows what was published since the one before.
    void restart() {
        if (term != 0) {
            isSure(end());
        }
        unsureFrom = null;
        forgetUnnumbered();
        doubtfulMarks.clear();
        at(Position.atMark(0, 0));
    }

    /// Forgets what was heard before any mark.
    void forgetUnnumbered() {
        unnumbered.forEach(chunk -> bytes -= chunk.data.length);
        unnumbered.clear();
        if (term == 0) {
            index = 0;
        }
    }

    /// A mark was heard: what follows is numbered from it. What was heard before any mark is forgotten.
    ///
    /// @return how many messages had to be forgotten that no position can be given any more, because the mark lies before
    ///     them: a copy, or somebody leads who never heard of their term, on a store that forgot it
    long open(Position mark) {
        return open(mark, term == 0);
    }

    /// A mark was heard by which those who listen begin to number alike, what came before it they may have numbered otherwise.
    ///
    /// @return as [#open]
    long openBehindBreak(Position mark) {
        return open(mark, true);
    }

    private long open(Position mark, boolean behindBreak) {
        long forgotten = 0;
        if (term == 0) {
            forgetUnnumbered();
            forgotten = isBehind(mark) ? forgetFormer(mark) : 0;
        }
        if (behindBreak) {
            boolean sure = term != 0 && unsureFrom == null;
            isSure(mark);
            breakUntil(mark);
            unsureFrom = sure ? null : mark;
        }
        at(mark);
        remember(mark, doubtfulMarks);
        return forgotten;
    }

    /// Whether something here was heard behind a mark and yet bears that name or a later one.
    private boolean isBehind(Position mark) {
        Chunk last = chunks.peekLast();
        return (last != null && last.end().compareTo(mark) > 0)
                || (!marks.isEmpty() && marks.last().compareTo(mark) >= 0);
    }

    private static void remember(Position mark, NavigableSet<Position> among) {
        among.add(mark);
        if (among.size() > MAX_MARKS) {
            among.pollFirst();
        }
    }

    /// Where slices are led by several, what one of them dispatches has to bear the numbers that the others give it. What was
    /// heard before it is known from where on that is so might be numbered otherwise, so it is as good as not heard.
    void isSure(Position from) {
        Position unsure = unsureFrom;
        if (unsure != null && unsure.compareTo(from) < 0 && progress.slices() > 1) {
            breakBetween(unsure, from);
        }
        unsureFrom = null;
    }

    /// Others are known to number alike from a mark on.
    void trust(Position from) {
        isSure(from);
        if (!doubtfulMarks.isEmpty()) {
            doubtfulMarks.tailSet(from, true).forEach(mark -> remember(mark, marks));
            doubtfulMarks.clear();
        }
    }

    /// Whether it is known where among the messages a position lies that somebody else may have given: its mark was heard
    /// and others are known to have heard it there too, or it lies within a break. Else it tells nothing about what is kept
    /// here, though it can be compared: a mark may be a copy of an old one.
    boolean places(Position position) {
        if (marks.contains(Position.atMark(position.term(), position.mark()))) {
            return true;
        }
        for (Chunk chunk : chunks) {
            if (chunk.kind == Kind.BREAK
                    && chunk.start.compareTo(position) <= 0
                    && chunk.end().compareTo(position) > 0) {
                return true;
            }
        }
        return false;
    }

    /// From a mark on, others heard something else behind the same marks.
    void distrust(Position from) {
        marks.tailSet(from, true).clear();
        doubtfulMarks.tailSet(from, true).clear();
    }

    private long forgetFormer(Position begin) {
        long forgotten = 0;
        for (Chunk chunk : chunks) {
            forgotten += chunk.messages;
            bytes -= chunk.data.length;
        }
        chunks.clear();
        marks.clear();
        safe = begin;
        safeForLong = begin;
        notes.clear();
        progress.startOverAt(begin);
        return forgotten;
    }

    /// What was heard before any mark follows mark 0 of a term.
    void begin(int ofTerm) {
        breakUntil(Position.atMark(ofTerm, 0));
        for (Chunk chunk : unnumbered) {
            chunk.start = new Position(ofTerm, 0, chunk.start.index());
            chunk.endTerm = ofTerm;
            chunks.addLast(chunk);
        }
        unnumbered.clear();
        unsureFrom = null;
        term = ofTerm;
        remember(Position.atMark(ofTerm, 0), marks);
    }

    /// Between the newest message kept and a position lies what nobody here knows: others may have numbered it otherwise.
    private void breakUntil(Position here) {
        Chunk last = chunks.peekLast();
        if (last != null && last.kind == Kind.BREAK) {
            last.endAt(here);
        } else if (last != null) {
            Chunk gap = newChunk(Kind.BREAK, last.end(), 0);
            gap.endAt(here);
            chunks.addLast(gap);
        } else {
            floor = here;
        }
        completeFrom = here;
    }

    /// What was heard between two positions becomes part of the break before it.
    ///
    /// @param from where a chunk begins
    private void breakBetween(Position from, Position to) {
        while (true) {
            Chunk unsure = firstBetween(from, to);
            if (unsure == null) {
                break;
            }
            if (unsure.end().compareTo(to) > 0) {
                cutHead(unsure, to);
                break;
            }
            chunks.remove(unsure);
            bytes -= unsure.data.length;
        }
        Chunk gap = null;
        for (Chunk chunk : chunks) {
            if (chunk.kind == Kind.BREAK && chunk.end().compareTo(from) == 0) {
                gap = chunk;
            }
        }
        if (gap != null) {
            gap.endAt(to);
        } else if (floor.compareTo(to) < 0) {
            floor = to;
        }
        if (completeFrom.compareTo(to) < 0) {
            completeFrom = to;
        }
    }

    private @Nullable Chunk firstBetween(Position from, Position to) {
        for (Chunk chunk : chunks) {
            if (chunk.kind != Kind.BREAK
                    && chunk.start.compareTo(from) >= 0
                    && chunk.start.compareTo(to) < 0) {
                return chunk;
            }
        }
        return null;
    }

    /// What lies before a mark goes. Of a shed run nobody knows how much that is, so all of it is a break then.
    private void cutHead(Chunk chunk, Position mark) {
        if (chunk.kind == Kind.SHED) {
            chunk.kind = Kind.BREAK;
            return;
        }
        int at = 0;
        while (at < chunk.used && !isMarkFrom(chunk, at, mark)) {
            at += isMark(chunk, at) ? MARK_BYTES : recordBytes(chunk, at);
        }
        chunk.data = Arrays.copyOfRange(chunk.data, at, at + chunk.data.length);
        chunk.used -= at;
        chunk.start = mark;
        recount(chunk, mark);
    }

    private static boolean isMark(Chunk chunk, int at) {
        return (int) INT.get(chunk.data, at) == MARK;
    }

    private static boolean isMarkFrom(Chunk chunk, int at, Position mark) {
        return isMark(chunk, at)
                && Position.atMark(
                                        (int) INT.get(chunk.data, at + Integer.BYTES),
                                        (int) INT.get(chunk.data, at + 2 * Integer.BYTES))
                                .compareTo(mark)
                        >= 0;
    }

    private int recordBytes(Chunk chunk, int at) {
        int bytes = LENGTH_BYTES + (int) INT.get(chunk.data, at);
        return several
                ? bytes + CHANNEL_LENGTH_BYTES + channelLengthAt(chunk, at + LENGTH_BYTES)
                : bytes;
    }

    private void recount(Chunk chunk, Position from) {
        chunk.messages = 0;
        Arrays.fill(chunk.ofSlice, 0);
        int number = from.index();
        for (int at = 0; at < chunk.used; ) {
            if (isMark(chunk, at)) {
                number = 0;
                at += MARK_BYTES;
            } else {
                chunk.count(number++);
                at += recordBytes(chunk, at);
            }
        }
    }

    private static int channelLengthAt(Chunk chunk, int at) {
        return Byte.toUnsignedInt(chunk.data[at]) << 8 | Byte.toUnsignedInt(chunk.data[at + 1]);
    }

    private Chunk newChunk(Kind kind, Position start, int capacity) {
        return new Chunk(kind, start, capacity, progress.slices());
    }

    private void at(Position next) {
        term = next.term();
        mark = next.mark();
        index = next.index();
    }

    /// Keeps the next message, or sheds one if there is no room.
    ///
    /// @return false if something was shed
    boolean append(byte[] channel, byte[] payload) {
        return append(channel, 0, channel.length, payload, 0, payload.length);
    }

    /// The same for a message that lies in an array.
    ///
    /// @param channelLength 0 when there is one channel
    boolean append(byte[] bytes, int channelFrom, int channelLength, int from, int length) {
        return append(bytes, channelFrom, channelLength, bytes, from, length);
    }

    private boolean append(
            byte[] channels,
            int channelFrom,
            int channelBytes,
            byte[] payloads,
            int from,
            int length) {
        long shedBefore = shed;
        int channelLength = Math.min(channelBytes, Entry.MAX_CHANNEL_BYTES);
        ArrayDeque<Chunk> to = term == 0 ? unnumbered : chunks;
        Chunk last =
                roomFor(
                        LENGTH_BYTES
                                + length
                                + (several ? CHANNEL_LENGTH_BYTES + channelLength : 0),
                        to);
        if (last == null) {
            last = shedding(to);
            shed++;
        } else {
            int at =
                    several
                            ? beginRecord(last, length, channels, channelFrom, channelLength)
                            : beginRecord(last, length);
            System.arraycopy(payloads, from, last.data, at, length);
            last.used = at + length;
        }
        last.count(index);
        index++;
        last.endTerm = term;
        last.endMark = mark;
        last.endIndex = index;
        return shed == shedBefore;
    }

    /// A chunk with room for a record, or null if the message has to be shed.
    private @Nullable Chunk roomFor(int record, ArrayDeque<Chunk> to) {
        Chunk last = to.peekLast();
        if (last != null && last.kind == Kind.KEPT) {
            int needed = record + (opensSegment(last) ? MARK_BYTES : 0);
            if (last.data.length - last.used >= needed) {
                return last;
            }
        }
        int capacity = Math.max(CHUNK_BYTES, record);
        if (!makeRoom(capacity)) {
            return null;
        }
        Chunk next = newChunk(Kind.KEPT, end(), capacity);
        to.addLast(next);
        bytes += capacity;
        return next;
    }

    private boolean opensSegment(Chunk chunk) {
        return chunk.endTerm != term || chunk.endMark != mark;
    }

    /// Gives up what is in the store though still young, or not safe there yet, then what the policy says. Nothing is given up for what has no room at all.
    private boolean makeRoom(int capacity) {
        if (capacity > maxBytes) {
            return false;
        }
        Chunk first;
        while (bytes + capacity > maxBytes
                && (first = chunks.peekFirst()) != null
                && first.end().compareTo(progress.stored()) <= 0) {
            givenUpUnsafe += first.end().compareTo(safe) <= 0 ? 0 : first.messages;
            removeFirst();
        }
        while (bytes + capacity > maxBytes && overflow == Overflow.SHED_OLDEST) {
            if (!shedOldest()) {
                break;
            }
        }
        return bytes + capacity <= maxBytes;
    }

    /// What is planned already is spared: it is on its way. Runs that meet become one, or their number would have no bound.
    private boolean shedOldest() {
        Chunk before = null;
        Position planned = progress.planned();
        for (Iterator<Chunk> all = chunks.iterator(); all.hasNext(); ) {
            Chunk chunk = all.next();
            boolean onItsWay = chunk.start.compareTo(planned) < 0;
            if (chunk.kind == Kind.KEPT && !onItsWay) {
                shed += chunk.messages;
                bytes -= chunk.data.length;
                chunk.kind = Kind.SHED;
                chunk.data = NOTHING;
                if (before != null && before.kind == Kind.SHED) {
                    before.countAllOf(chunk);
                    before.endAt(chunk.end());
                    all.remove();
                }
                return true;
            }
            // A cursor may stand at the first one that is not on its way.
            before = onItsWay ? null : chunk;
        }
        return false;
    }

    private Chunk shedding(ArrayDeque<Chunk> to) {
        Chunk last = to.peekLast();
        if (last != null && last.kind == Kind.SHED) {
            return last;
        }
        Chunk run = newChunk(Kind.SHED, end(), 0);
        to.addLast(run);
        return run;
    }

    /// Returns where the payload goes.
    private int beginRecord(Chunk chunk, int length) {
        byte[] data = chunk.data;
        int at = chunk.used;
        if (opensSegment(chunk)) {
            INT.set(data, at, MARK);
            INT.set(data, at + Integer.BYTES, term);
            INT.set(data, at + 2 * Integer.BYTES, mark);
            at += MARK_BYTES;
        }
        INT.set(data, at, length);
        return at + LENGTH_BYTES;
    }

    private int beginRecord(
            Chunk chunk, int length, byte[] channels, int channelFrom, int channelLength) {
        int at = beginRecord(chunk, length);
        chunk.data[at] = (byte) (channelLength >>> 8);
        chunk.data[at + 1] = (byte) channelLength;
        System.arraycopy(
                channels, channelFrom, chunk.data, at + CHANNEL_LENGTH_BYTES, channelLength);
        return at + CHANNEL_LENGTH_BYTES + channelLength;
    }

    /// What lies before a position is on its way or needed no more, as far as one slice goes: it is not shed.
    void planned(int slice, Position before) {
        progress.planned(slice, before);
    }

    /// Nothing of a slice is on its way from here any more.
    void forgetPlans(int slice) {
        progress.forgetPlans(slice);
    }

    /// What lies before a position is in the store, as far as one slice goes, though it may not be safe there yet: it is
    /// given up before anything is shed.
    ///
    /// @param before may lie before an earlier one, when the store lost its tail
    void stored(int slice, Position before) {
        progress.stored(slice, before);
    }

    /// What lies before a position is safe in the store, as far as one slice goes; whole chunks of which that has been true
    /// in every slice for long enough are forgotten.
    ///
    /// @param before may lie before an earlier one, when the store lost its tail
    void release(int slice, Position before, long nowNanos) {
        release(slice, before, nowNanos, nowNanos);
    }

    /// The same, where it is known when the store last showed that it has it: however long a store is away, what it took
    /// shortly before is kept until whoever takes its place was seen to have it.
    ///
    /// @param aliveNanos when the store was last seen
    void release(int slice, Position before, long aliveNanos, long nowNanos) {
        progress.safe(slice, before);
        note(progress.safe(), aliveNanos, nowNanos);
        Chunk first;
        while ((first = chunks.peekFirst()) != null && first.end().compareTo(safeForLong) <= 0) {
            removeFirst();
        }
    }

    private void note(Position before, long aliveNanos, long nowNanos) {
        if (before.compareTo(safe) < 0) {
            notes.removeIf(note -> note.safe().compareTo(before) > 0);
            safeForLong = before.compareTo(safeForLong) < 0 ? before : safeForLong;
        }
        safe = before;
        Note oldest;
        while ((oldest = notes.peekFirst()) != null
                && aliveNanos - oldest.nanos() >= retentionNanos) {
            safeForLong = oldest.safe();
            notes.removeFirst();
        }
        Note newest = notes.peekLast();
        if (newest == null
                || (notes.size() < MAX_NOTES
                        && !newest.safe().equals(before)
                        && nowNanos - newest.nanos() >= retentionNanos / NOTES_PER_RETENTION)) {
            notes.addLast(new Note(before, nowNanos));
        }
    }

    private void removeFirst() {
        Chunk removed = chunks.removeFirst();
        bytes -= removed.data.length;
        floor = removed.end();
        marks.headSet(Position.atMark(floor.term(), floor.mark()), false).clear();
        if (removed.kind != Kind.BREAK
                && !holdsFormer()
                && removed.end().compareTo(completeFrom) > 0) {
            completeFrom = removed.end();
        }
    }

    /// The newest mark from which on others are known to number alike, or null.
    @Nullable Position newestMark() {
        return marks.isEmpty() ? null : marks.last();
    }

    /// A reader of one slice's messages that begins at a position; it stays valid while messages are appended, and while nothing at or after it
    /// is released.
    ///
    /// @param from what lies before it is passed over, also what comes later
    Cursor cursorAt(int slice, Position from) {
        return cursorAt(slice, from, null);
    }

    /// As [#cursorAt(int,Position)], for a slice that ends.
    ///
    /// @param until what comes from there on does not belong to the slice; null if it goes on
    Cursor cursorAt(int slice, Position from, @Nullable Position until) {
        return new Cursor(slice, from, until);
    }

    /// A loss that has to be declared.
    ///
    /// @param to its exclusive end
    /// @param count how many messages, or null if nobody knows
    /// @param cause for people
    record Loss(Position to, @Nullable Long count, String cause) {}

    /// Walks over what is retained of one slice, in order; passes over what belongs to others.
    final class Cursor {
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

        private Cursor(int slice, Position from, @Nullable Position until) {
            this.slice = slice;
            this.from = from;
            this.until = until;
            at(from);
        }

        private Cursor(Cursor other) {
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
            return current != null && current.kind != Kind.KEPT;
        }

        /// Takes the loss that comes next.
        Loss takeLoss() {
            Chunk current = next();
            if (current == null || current.kind == Kind.KEPT) {
                throw new IllegalStateException("no loss comes next");
            }
            Position to = current.end();
            Long count = (long) current.messagesOf(slice) - read;
            boolean goesOn = until != null && to.compareTo(until) > 0;
            if (current.kind == Kind.BREAK || count <= 0 || goesOn) {
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
                    current.kind == Kind.BREAK ? "nobody listened" : "the buffer was full");
        }

        /// Bytes of the next kept message's payload, or -1 if none comes next.
        int peekLength() {
            Chunk current = next();
            return current == null || current.kind != Kind.KEPT
                    ? -1
                    : (int) INT.get(current.data, offset);
        }

        /// Takes the next kept message as a lane's entry.
        Entry take(long storeMillis) {
            Chunk current = next();
            if (current == null || current.kind != Kind.KEPT) {
                throw new IllegalStateException("no kept message comes next");
            }
            int length = (int) INT.get(current.data, offset);
            int at = offset + LENGTH_BYTES;
            byte[] channel = NOTHING;
            if (several) {
                int channelLength = channelLengthAt(current, at);
                at += CHANNEL_LENGTH_BYTES;
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
                    && at.kind == Kind.KEPT
                    && (payloads += (int) INT.get(at.data, ahead.offset)) <= mostBytes) {
                ahead.skip(at);
                messages++;
            }
            return messages == 0 && peekLength() >= 0 ? 1 : messages;
        }

        /// Takes the next kept messages as one element of a lane: as a pack where there are several that lie together.
        ///
        /// @param mostMessages to take, at least 1
        Element take(long storeMillis, int mostMessages) {
            Chunk current = next();
            if (current == null || current.kind != Kind.KEPT) {
                throw new IllegalStateException("no kept message comes next");
            }
            int slices = progress.slices();
            int messages = 0;
            int records = 0;
            int at = offset;
            int index = atIndex;
            int end = at;
            while (messages < mostMessages
                    && at < current.used
                    && !isMark(current, at)
                    && isBeforeEnd(index)) {
                int record = recordBytes(current, at);
                if (isOurs(index)) {
                    if (messages > 0 && Pack.HEADER_BYTES + records + record > Pack.MAX_BYTES) {
                        break;
                    }
                    messages++;
                    records += record;
                    end = at + record;
                }
                at += record;
                index++;
            }
            if (messages == 1) {
                return take(storeMillis);
            }
            byte[] pack = Pack.withHeader(here(), slices, storeMillis, several, messages, records);
            copyOurs(current, messages, end, pack);
            return new Pack(pack);
        }

        /// Ours are next to each other where there is one slice.
        private void copyOurs(Chunk current, int messages, int end, byte[] pack) {
            if (progress.slices() == 1) {
                System.arraycopy(current.data, offset, pack, Pack.HEADER_BYTES, end - offset);
                atIndex += messages;
                offset = end;
                return;
            }
            int to = Pack.HEADER_BYTES;
            while (offset < end) {
                int record = recordBytes(current, offset);
                if (isOurs(atIndex)) {
                    System.arraycopy(current.data, offset, pack, to, record);
                    to += record;
                }
                offset += record;
                atIndex++;
            }
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
                if (current.kind != Kind.KEPT) {
                    if (concerns(current)) {
                        return current;
                    }
                    at(current.end());
                    continue;
                }
                if (isMark(current, offset)) {
                    atTerm = (int) INT.get(current.data, offset + Integer.BYTES);
                    atMark = (int) INT.get(current.data, offset + 2 * Integer.BYTES);
                    atIndex = 0;
                    offset += MARK_BYTES;
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
            int slices = progress.slices();
            return slices == 1 || Integer.remainderUnsigned(number, slices) == slice;
        }

        /// Whether a break or a shed run may hold messages of ours that were not declared.
        private boolean concerns(Chunk loss) {
            return progress.slices() == 1
                    || loss.kind == Kind.BREAK
                    || !readKnown
                    || loss.messagesOf(slice) > read;
        }

        private boolean passed(Chunk current) {
            return current.kind == Kind.KEPT
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
            if (found.kind == Kind.KEPT || found.start.compareTo(here()) > 0) {
                at(found.start);
            } else if (found.kind == Kind.SHED) {
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
            long slices = progress.slices();
            return (int) ((Integer.toUnsignedLong(number) + slices - 1 - slice) / slices);
        }

        private void skip(Chunk current) {
            offset += recordBytes(current, offset);
            atIndex++;
        }
    }
}
