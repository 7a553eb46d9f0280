package dev.baton.worker;

import dev.baton.slice.Entry;
import dev.baton.slice.Finish;
import dev.baton.slice.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// The entries a worker has read and not yet committed, addressed by their ordinal in the lane.
///
/// One thread adds and commits; any number of threads take entries to process and report how they finish. A slot is
/// written by one thread at a time: by the adder before `added` moves, by the taker between `take` and `finish`.
final class LaneWindow {

    /// Most entries held: what the store allows a worker to hold.
    static final int SIZE = Slice.MAX_ENTRIES;

    private final @Nullable Entry[] entries = new Entry[SIZE];
    private final AtomicReferenceArray<@Nullable Finish> finishes =
            new AtomicReferenceArray<>(SIZE);
    private final long[] readMillis = new long[SIZE];
    private final AtomicLong taken;
    private volatile long added;
    private volatile boolean closed;
    private long head;
    private long heldBytes;

    /// @param head ordinal of the lane's first entry
    LaneWindow(long head) {
        this.head = head;
        this.added = head;
        this.taken = new AtomicLong(head);
    }

    /// Ordinal of the oldest entry not yet committed.
    long head() {
        return head;
    }

    /// Ordinal after the newest entry held.
    long added() {
        return added;
    }

    /// How many more may be held.
    int room() {
        return (int) (SIZE - (added - head));
    }

    boolean isEmpty() {
        return added == head;
    }

    /// Bytes of the entries held.
    long heldBytes() {
        return heldBytes;
    }

    /// Ordinal of the next entry that will be taken.
    long nextTaken() {
        return taken.get();
    }

    /// Ordinal of the oldest entry that is not finished; [#added] if all are.
    long firstUnfinished() {
        return head + finishedPrefix(SIZE);
    }

    /// Adds what was read behind [#added].
    ///
    /// @param storeMillis the store's time when it was read
    void add(List<Entry> read, long storeMillis) {
        long at = added;
        for (Entry entry : read) {
            readMillis[slot(at)] = storeMillis;
            entries[slot(at++)] = entry;
            heldBytes += entry.length();
        }
        added = at;
    }

    /// Takes the next entry to process.
    ///
    /// @return its ordinal, or -1 if there is none
    long take() {
        while (!closed) {
            long next = taken.get();
            if (next >= added) {
                return -1;
            }
            if (taken.compareAndSet(next, next + 1)) {
                return next;
            }
        }
        return -1;
    }

    /// The entry that was taken.
    Entry entry(long ordinal) {
        Entry entry = entries[slot(ordinal)];
        if (entry == null) {
            throw new IllegalStateException("no entry at " + ordinal);
        }
        return entry;
    }

    /// The store's time when the entry was read.
    long readMillis(long ordinal) {
        return readMillis[slot(ordinal)];
    }

    /// Reports how a taken entry finishes.
    void finish(long ordinal, Finish finish) {
        finishes.set(slot(ordinal), finish);
    }

    /// How many entries from the head on are finished without a break.
    int finishedPrefix(int most) {
        int count = 0;
        while (count < most && head + count < added && finishes.get(slot(head + count)) != null) {
            count++;
        }
        return count;
    }

    /// The outcomes of finished entries from the head on, as many as one commit may carry: the first always, then up
    /// to all three bounds.
    List<Finish> finishes(int mostEntries, long mostBytes, int mostStreamEntries) {
        int prefix = finishedPrefix(mostEntries);
        List<Finish> some = new ArrayList<>(prefix);
        long bytes = 0;
        int streamEntries = 0;
        for (int i = 0; i < prefix; i++) {
            Finish finish = finishes.get(slot(head + i));
            if (finish == null) {
                throw new IllegalStateException("not finished: " + (head + i));
            }
            bytes += finish.bytes();
            streamEntries += finish.streamEntries();
            if (i > 0 && (bytes > mostBytes || streamEntries > mostStreamEntries)) {
                break;
            }
            some.add(finish);
        }
        return some;
    }

    /// Bytes of the entries held behind the first ones.
    long heldBytesBehind(int first) {
        long bytes = heldBytes;
        for (int i = 0; i < first; i++) {
            bytes -= entry(head + i).length();
        }
        return bytes;
    }

    /// The positions of the first entries, as they stand in them.
    byte[] positions(int count) {
        byte[] positions = new byte[count * Entry.POSITION_BYTES];
        for (int i = 0; i < count; i++) {
            entry(head + i).copyPosition(positions, i * Entry.POSITION_BYTES);
        }
        return positions;
    }

    /// The first entries are committed.
    void commit(int count) {
        heldBytes = heldBytesBehind(count);
        for (int i = 0; i < count; i++) {
            finishes.set(slot(head + i), null);
            entries[slot(head + i)] = null;
        }
        head += count;
    }

    /// Nothing more is taken from here: the lane is lost, or the worker stops.
    void close() {
        closed = true;
    }

    private static int slot(long ordinal) {
        return (int) (ordinal % SIZE);
    }
}
