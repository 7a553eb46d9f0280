package dev.baton.dispatch;

import dev.baton.duty.Call;
import dev.baton.slice.Slice;
import dev.baton.slice.Usage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether a slice holds as much unfinished work as it may: in entries, in bytes, and by the memory of its server. What was
/// dispatched since the last look counts in full, for what was finished since is not known; so while it is full, another look
/// comes soon. Not thread-safe.
final class BacklogBound {

    private static final Logger log = LoggerFactory.getLogger(BacklogBound.class);

    /// While too much waits, the store is asked this often.
    private static final long LOOK_WHEN_FULL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /// That it is full is said no more often.
    private static final long SAY_EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final DispatcherSettings settings;
    private final String stream;
    private final Slice slice;
    private final WorkerWatch workers;
    private final Call<Usage> look;
    private final long lookEveryNanos;
    private Usage usage = Usage.UNKNOWN;
    private long nextLookNanos;
    private long entriesSinceRoster;
    private long rosterSeen;
    private long bytesSinceLook;
    private long bytesSinceAsked;
    private boolean forbiddenSaid;
    private boolean everSaid;
    private boolean said;
    private long saidNanos;
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
        bytesSinceLook += bytes;
        bytesSinceAsked += bytes;
    }

    /// Looks around. Returns in how many nanoseconds it wants to be called again.
    long doWork(long nowNanos) {
        look.poll(nowNanos);
        if (!look.busy() && nowNanos - nextLookNanos >= 0) {
            nextLookNanos = nowNanos + lookEveryNanos;
            bytesSinceAsked = 0;
            look.begin(() -> slice.usage(settings.maxBacklogBytes() > 0), this::looked);
        }
        return look.busy() ? lookEveryNanos : Math.max(0, nextLookNanos - nowNanos);
    }

    private void looked(Usage found) {
        if (settings.maxBacklogBytes() > 0 && found.bytes() < 0 && !forbiddenSaid) {
            forbiddenSaid = true;
            log.warn(
                    "{}: the store does not let us ask for MEMORY USAGE, so the backlog has no bound in bytes; load the users of deploy/acl",
                    stream);
        }
        usage = found;
        bytesSinceLook = bytesSinceAsked;
    }

    /// Whether nothing more may be dispatched now.
    ///
    /// @param entriesInFlight dispatched and not answered yet
    boolean isFull(long entriesInFlight, long nowNanos) {
        if (workers.looks() != rosterSeen) {
            rosterSeen = workers.looks();
            entriesSinceRoster = entriesInFlight;
        }
        String now = backlogIsFull();
        if (now != null) {
            workers.lookSoon(nowNanos);
            nextLookNanos = Math.min(nextLookNanos, nowNanos + LOOK_WHEN_FULL_NANOS);
        } else {
            now = storeIsFull();
        }
        if ((now == null) != (fullOf == null)) {
            say(now, nowNanos);
        }
        fullOf = now;
        return now != null;
    }

    /// At its bound a slice is full and not full in turn, as workers finish.
    private void say(@Nullable String now, long nowNanos) {
        if (now == null && said) {
            said = false;
            log.info("{}: there is room again; dispatching", stream);
        } else if (now != null && (!everSaid || nowNanos - saidNanos >= SAY_EVERY_NANOS)) {
            said = true;
            everSaid = true;
            saidNanos = nowNanos;
            log.warn("{}: {}; holding what is heard, as far as the buffer reaches", stream, now);
        }
    }

    /// Workers change this any moment.
    private @Nullable String backlogIsFull() {
        long entries = workers.backlog() + usage.retrying() + entriesSinceRoster;
        if (reached(entries, settings.maxBacklogEntries())) {
            return entries + " entries wait for workers";
        }
        long bytes = usage.bytes() + bytesSinceLook;
        if (usage.bytes() >= 0 && reached(bytes, settings.maxBacklogBytes())) {
            return (bytes >> 10) + " KiB wait for workers";
        }
        return null;
    }

    /// Time or an operator changes this.
    private @Nullable String storeIsFull() {
        long percent =
                usage.maxMemory() == 0
                        ? 0
                        : 100 * (usage.usedMemory() + bytesSinceLook) / usage.maxMemory();
        return reached(percent, settings.maxMemoryPercent())
                ? "the store uses "
                        + percent
                        + " % of its maxmemory (trim streams, raise it, or the bound)"
                : null;
    }

    /// A bound of 0 is none.
    private static boolean reached(long value, long bound) {
        return bound > 0 && value >= bound;
    }
}
