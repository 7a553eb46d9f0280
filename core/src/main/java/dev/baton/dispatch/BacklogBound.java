package dev.baton.dispatch;

import dev.baton.duty.Call;
import dev.baton.slice.Room;
import dev.baton.slice.Slice;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether a slice holds as much unfinished work as it may: in entries, in bytes, and by the memory of its server. What was
/// dispatched since the last look counts in full, for what was finished since is not known; so while it is full, another look
/// comes soon. Not thread-safe.
final class BacklogBound {

    private static final Logger log = LoggerFactory.getLogger(BacklogBound.class);

    /// While it is full, or nearly, the store is asked this often.
    private static final long LOOK_WHEN_FULL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final DispatcherSettings settings;
    private final String stream;
    private final Slice slice;
    private final WorkerWatch workers;
    private final Call<Room> look;
    private final long lookEveryNanos;
    private Room room = Room.NOTHING;
    private long nextLookNanos;
    private long entriesSinceRoster;
    private long rosterSeen;
    private long bytesSinceRoom;
    private long bytesSinceAsked;
    private @Nullable String fullOf;

    /// @param stream the slice's, for people
    BacklogBound(Means means, String stream, Slice slice, WorkerWatch workers, long nowNanos) {
        this.settings = means.settings();
        this.stream = stream;
        this.slice = slice;
        this.workers = workers;
        this.look = means.calls().line();
        this.lookEveryNanos = means.beatNanos();
        this.nextLookNanos = nowNanos;
    }

    /// So much is on its way to lanes.
    void sent(int entries, long bytes) {
        entriesSinceRoster += entries;
        bytesSinceRoom += bytes;
        bytesSinceAsked += bytes;
    }

    /// Looks around. Returns in how many nanoseconds it wants to be called again.
    long doWork(long nowNanos) {
        look.poll(nowNanos);
        if (!look.busy() && nowNanos - nextLookNanos >= 0) {
            nextLookNanos = nowNanos + lookEveryNanos;
            bytesSinceAsked = 0;
            look.begin(
                    slice::room,
                    found -> {
                        room = found;
                        bytesSinceRoom = bytesSinceAsked;
                    });
        }
        return look.busy() ? lookEveryNanos : Math.max(0, nextLookNanos - nowNanos);
    }

    /// Whether nothing more may be dispatched now.
    ///
    /// @param entriesInFlight dispatched and not answered yet
    boolean isFull(long entriesInFlight, long nowNanos) {
        if (workers.looks() != rosterSeen) {
            rosterSeen = workers.looks();
            entriesSinceRoster = entriesInFlight;
        }
        String now = whatIsFull();
        if (now != null) {
            workers.lookSoon(nowNanos);
            nextLookNanos = Math.min(nextLookNanos, nowNanos + LOOK_WHEN_FULL_NANOS);
        }
        if ((now == null) != (fullOf == null)) {
            say(now);
        }
        fullOf = now;
        return now != null;
    }

    private void say(@Nullable String now) {
        if (now == null) {
            log.info("{}: workers caught up; dispatching again", stream);
        } else {
            log.warn("{}: {}; holding what is heard, as far as there is room", stream, now);
        }
    }

    private @Nullable String whatIsFull() {
        long entries = workers.backlog() + room.retrying() + entriesSinceRoster;
        if (reached(entries, settings.maxBacklogEntries())) {
            return entries + " entries wait for workers";
        }
        long bytes = room.bytes() + bytesSinceRoom;
        if (reached(bytes, settings.maxBacklogBytes())) {
            return (bytes >> 10) + " KiB wait for workers";
        }
        long percent = percentOfMaxMemory();
        if (reached(percent, settings.maxMemoryPercent())) {
            return "the store uses " + percent + " % of its maxmemory";
        }
        return null;
    }

    private long percentOfMaxMemory() {
        return room.maxMemory() == 0
                ? 0
                : 100 * (room.usedMemory() + bytesSinceRoom) / room.maxMemory();
    }

    /// A bound of 0 is none.
    private static boolean reached(long value, long bound) {
        return bound > 0 && value >= bound;
    }
}
