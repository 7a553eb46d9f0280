package dev.baton.worker;

import dev.baton.duty.Call;
import dev.baton.duty.Calls;
import dev.baton.duty.Duty;
import dev.baton.duty.Health;
import dev.baton.slice.Commit;
import dev.baton.slice.Entry;
import dev.baton.slice.Finish;
import dev.baton.slice.Membership;
import dev.baton.slice.RedisSlice;
import dev.baton.slice.Reply;
import dev.baton.slice.Slice;
import dev.baton.slice.WorkerState;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The life of a worker: join, then read, have processed and commit until it is asked to leave. Fenced, it forgets what
/// it holds and joins anew: the entries are somebody else's by then.
///
/// One commit is under way at a time and brings the next entries along, so a busy worker makes one call for each batch;
/// an idle one waits on its lane.
final class WorkerDuty implements Duty {

    private static final Logger log = LoggerFactory.getLogger(WorkerDuty.class);

    /// Most entries committed or read in one call: where larger batches stop paying.
    private static final int MAX_BATCH_ENTRIES = 500;

    /// Most bytes read in one call.
    private static final int MAX_BATCH_BYTES = 4 << 20;

    private static final int MAX_CRASHES = 3;

    private final WorkerSettings settings;
    private final Slice slice;
    private final Map<String, String> about;
    private final Supplier<String> randomId;
    private final Processors processors;
    private final Call<Reply.Joined> joining;
    private final Call<Reply.ToBeat> beating;
    private final Call<Reply.ToCommit> committing;
    private final Call<Boolean> awaiting;
    private final Call<Reply.ToLeave> leaving;
    private final LongAdder committed = new LongAdder();
    private final LongAdder dead = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private @Nullable Membership membership;
    private LaneWindow window = new LaneWindow(0);
    private long backlog;
    private boolean readDue;
    private long beat;
    private long nextBeatNanos;
    private boolean quietSaid;
    private volatile boolean quiet;
    private volatile boolean giveUp;

    WorkerDuty(
            WorkerSettings settings,
            Slice slice,
            Map<String, String> about,
            Supplier<String> randomId,
            Processors processors,
            Runnable wake,
            RandomGenerator random) {
        this.settings = settings;
        this.slice = slice;
        this.about = about;
        this.randomId = randomId;
        this.processors = processors;
        Calls calls =
                new Calls(
                        new Health("worker " + settings.id(), settings.store().toString()),
                        wake,
                        random);
        this.joining = calls.line();
        this.beating = calls.line();
        this.committing = calls.line();
        this.awaiting = calls.line();
        this.leaving = calls.line();
    }

    /// Takes nothing new, finishes what the lane holds, leaves.
    void quiet() {
        quiet = true;
    }

    /// Leaves with what is finished now; the rest of the lane goes to others.
    void giveUp() {
        quiet = true;
        giveUp = true;
    }

    WorkerFigures figures() {
        return new WorkerFigures(committed.sum(), dead.sum(), dropped.sum());
    }

    @Override
    public long doWork(long nowNanos) {
        if (leaving.busy()) {
            return leave(nowNanos);
        }
        Membership member = membership;
        if (member == null) {
            return join(nowNanos);
        }
        beat(member, nowNanos);
        committing.poll(nowNanos);
        awaiting.poll(nowNanos);
        if (membership == null) {
            return 0;
        }
        if (quiet && mayLeave()) {
            window.close();
            leaving.begin(() -> slice.leave(member), reply -> left(member, reply));
            return 0;
        }
        work(member);
        return Math.max(0, nextBeatNanos - nowNanos);
    }

    private long join(long nowNanos) {
        joining.poll(nowNanos);
        if (membership != null) {
            return 0;
        }
        if (!joining.busy()) {
            if (quiet) {
                return -1;
            }
            String incarnation = randomId.get();
            joining.begin(
                    () ->
                            slice.join(
                                    settings.id(),
                                    incarnation,
                                    settings.capacity(),
                                    MAX_CRASHES,
                                    about),
                    reply -> joined(reply, nowNanos));
        }
        return giveUp ? -1 : TimeUnit.MILLISECONDS.toNanos(100);
    }

    private void joined(Reply.Joined reply, long nowNanos) {
        membership = reply.membership();
        window = new LaneWindow(reply.head());
        backlog = reply.backlog();
        readDue = backlog > 0;
        beat = 0;
        nextBeatNanos = nowNanos;
        quietSaid = false;
        processors.workOn(window);
        log.info("worker {} joined {}", settings.id(), settings.stream());
    }

    private void beat(Membership member, long nowNanos) {
        beating.poll(nowNanos);
        boolean due = nowNanos - nextBeatNanos >= 0 || (quiet && !quietSaid);
        if (due && !beating.busy() && membership != null) {
            nextBeatNanos = nowNanos + settings.beat().toNanos();
            long next = ++beat;
            boolean saysQuiet = quiet;
            beating.begin(
                    () ->
                            slice.beat(
                                    member, next, saysQuiet ? WorkerState.QUIET : WorkerState.LIVE),
                    reply -> {
                        if (reply instanceof Reply.Fenced) {
                            fenced();
                        } else if (saysQuiet && !quietSaid) {
                            // Nothing is dispatched to us after this answer, but something may have
                            // been before it.
                            quietSaid = true;
                            readDue = true;
                        }
                    });
        }
    }

    private boolean mayLeave() {
        if (committing.busy() || (!quietSaid && !giveUp)) {
            return false;
        }
        return giveUp
                ? window.finishedPrefix(1) == 0
                : window.isEmpty() && backlog == 0 && !readDue;
    }

    private void work(Membership member) {
        if (committing.busy()) {
            return;
        }
        int finished = window.finishedPrefix(MAX_BATCH_ENTRIES);
        int room = giveUp ? 0 : Math.min(MAX_BATCH_ENTRIES, window.room() + finished);
        boolean more = backlog > window.added() - window.head();
        boolean worthReading =
                room > 0 && (readDue || (more && window.room() >= MAX_BATCH_ENTRIES));
        if (finished > 0 || worthReading) {
            commit(member, finished, room);
        } else if (window.isEmpty() && !awaiting.busy() && !quiet) {
            awaiting.begin(
                    () -> slice.awaitEntry(settings.id(), RedisSlice.MAX_AWAIT),
                    present -> readDue |= present);
        }
    }

    private void commit(Membership member, int finished, int room) {
        readDue = false;
        List<Finish> finishes = window.finishes(finished);
        Commit call = new Commit(window.head(), finishes, window.added(), room, MAX_BATCH_BYTES);
        committing.begin(() -> slice.commit(member, call), reply -> committed(finishes, reply));
    }

    private void committed(List<Finish> finishes, Reply.ToCommit reply) {
        switch (reply) {
            case Reply.Committed done -> {
                window.commit(finishes.size());
                count(finishes);
                backlog = done.backlog();
                List<Entry> read = done.entries();
                if (!read.isEmpty()) {
                    window.add(read);
                    processors.entriesAdded();
                }
                if (window.isEmpty() && backlog > 0) {
                    readDue = true;
                }
            }
            case Reply.Misplaced elsewhere -> {
                log.warn(
                        "worker {}: the store's lane stands elsewhere; joining anew",
                        settings.id());
                fenced();
            }
            case Reply.Fenced gone -> fenced();
        }
    }

    private void count(List<Finish> finishes) {
        for (Finish finish : finishes) {
            switch (finish) {
                case Finish.Bury bury -> dead.increment();
                case Finish.Emit emit ->
                        (emit.entries().isEmpty() ? dropped : committed).increment();
            }
        }
    }

    private void fenced() {
        log.warn("worker {}: its lane went to others; joining anew", settings.id());
        window.close();
        processors.workOn(null);
        membership = null;
        window = new LaneWindow(0);
        beating.cancel();
        committing.cancel();
        awaiting.cancel();
    }

    private long leave(long nowNanos) {
        leaving.poll(nowNanos);
        return membership == null ? -1 : leaving.busy() ? Long.MAX_VALUE : 0;
    }

    private void left(Membership member, Reply.ToLeave reply) {
        if (reply instanceof Reply.Moved moved && moved.left() > 0) {
            leaving.begin(() -> slice.leave(member), again -> left(member, again));
        } else {
            membership = null;
        }
    }
}
