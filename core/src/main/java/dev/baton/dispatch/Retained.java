package dev.baton.dispatch;

import dev.baton.Position;
import dev.baton.slice.Entry;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The messages a dispatcher heard and may still need, in the order of their positions: kept ones packed in chunks,
/// runs of shed ones of which only the number is known, and breaks, in which nobody knows what was missed.
///
/// A [Chunk] may span many segments. What a former subscription heard stays, behind a break, until it is safe: a store that lost
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

    /// Room that is held for chunks to come: more than is released at once at 200,000 messages of 200 bytes a second.
    private static final int MAX_SPARE_CHUNKS = 64;

    /// How often, while messages grow old enough to be forgotten, it is noted what is safe.
    private static final int NOTES_PER_RETENTION = 16;

    /// While the store shows nothing no note becomes due.
    private static final int MAX_NOTES = 4 * NOTES_PER_RETENTION;

    private final long maxBytes;
    private final long retentionNanos;
    private final Overflow overflow;
    private final boolean several;
    private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();
    private final ArrayDeque<byte[]> spare = new ArrayDeque<>();
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
        return chunks.stream().anyMatch(chunk -> chunk.kind == Chunk.Kind.BREAK)
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
            if (chunk.kind == Chunk.Kind.BREAK
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
        if (last != null && last.kind == Chunk.Kind.BREAK) {
            last.endAt(here);
        } else if (last != null) {
            Chunk gap = newChunk(Chunk.Kind.BREAK, last.end(), Chunk.NOTHING);
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
            if (chunk.kind == Chunk.Kind.BREAK && chunk.end().compareTo(from) == 0) {
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
            if (chunk.kind != Chunk.Kind.BREAK
                    && chunk.start.compareTo(from) >= 0
                    && chunk.start.compareTo(to) < 0) {
                return chunk;
            }
        }
        return null;
    }

    /// What lies before a mark goes. Of a shed run nobody knows how much that is, so all of it is a break then.
    private void cutHead(Chunk chunk, Position mark) {
        if (chunk.kind == Chunk.Kind.SHED) {
            chunk.kind = Chunk.Kind.BREAK;
            return;
        }
        chunk.cutHead(mark);
    }

    private Chunk newChunk(Chunk.Kind kind, Position start, byte[] room) {
        return new Chunk(kind, start, room, progress.slices(), several);
    }

    private byte[] room(int capacity) {
        byte[] used = capacity == CHUNK_BYTES ? spare.pollFirst() : null;
        return used == null ? new byte[capacity] : used;
    }

    /// What is kept for long is old to the collector, which copied it twice by then: room is used again.
    private void reuse(byte[] room) {
        if (room.length == CHUNK_BYTES
                && spare.size() < MAX_SPARE_CHUNKS
                && bytes + (spare.size() + 1L) * CHUNK_BYTES <= maxBytes) {
            spare.addFirst(room);
        }
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
                        Chunk.LENGTH_BYTES
                                + length
                                + (several ? Chunk.CHANNEL_LENGTH_BYTES + channelLength : 0),
                        to);
        if (last == null) {
            last = shedding(to);
            shed++;
        } else {
            if (opensSegment(last)) {
                last.writeMark(term, mark);
            }
            int at = last.beginRecord(channels, channelFrom, channelLength, length);
            System.arraycopy(payloads, from, last.data, at, length);
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
        if (last != null && last.kind == Chunk.Kind.KEPT) {
            int needed = record + (opensSegment(last) ? Chunk.MARK_BYTES : 0);
            if (last.room() >= needed) {
                return last;
            }
        }
        int capacity = Math.max(CHUNK_BYTES, record);
        if (!makeRoom(capacity)) {
            return null;
        }
        Chunk next = newChunk(Chunk.Kind.KEPT, end(), room(capacity));
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
            if (chunk.kind == Chunk.Kind.KEPT && !onItsWay) {
                shed += chunk.messages;
                bytes -= chunk.data.length;
                chunk.shed();
                if (before != null && before.kind == Chunk.Kind.SHED) {
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
        if (last != null && last.kind == Chunk.Kind.SHED) {
            return last;
        }
        Chunk run = newChunk(Chunk.Kind.SHED, end(), Chunk.NOTHING);
        to.addLast(run);
        return run;
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
        reuse(removed.release());
        floor = removed.end();
        marks.headSet(Position.atMark(floor.term(), floor.mark()), false).clear();
        if (removed.kind != Chunk.Kind.BREAK
                && !holdsFormer()
                && removed.end().compareTo(completeFrom) > 0) {
            completeFrom = removed.end();
        }
    }

    /// The newest mark from which on others are known to number alike, or null.
    @Nullable Position newestMark() {
        return marks.isEmpty() ? null : marks.last();
    }

    /// A reader of one slice's messages that begins at a position.
    ///
    /// @param from what lies before it is passed over, also what comes later
    Cursor cursorAt(int slice, Position from) {
        return cursorAt(slice, from, null);
    }

    /// As [#cursorAt(int,Position)], for a slice that ends.
    ///
    /// @param until what comes from there on does not belong to the slice; null if it goes on
    Cursor cursorAt(int slice, Position from, @Nullable Position until) {
        return new Cursor(chunks, progress.slices(), slice, from, until);
    }
}
