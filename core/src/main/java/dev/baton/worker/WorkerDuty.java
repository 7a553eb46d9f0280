package dev.baton.worker;

import dev.baton.duty.Call;
import dev.baton.duty.Calls;
import dev.baton.duty.Duty;
import dev.baton.duty.Health;
import dev.baton.duty.RoleStoppedException;
import dev.baton.slice.Commit;
import dev.baton.slice.Entry;
import dev.baton.slice.Finish;
import dev.baton.slice.Membership;
import dev.baton.slice.RedisSlice;
import dev.baton.slice.Reply;
import dev.baton.slice.Roster;
import dev.baton.slice.Slice;
import dev.baton.slice.SliceKeys;
import dev.baton.slice.WorkerState;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The life of a worker in one slice: join, then read, have processed and commit until it is asked to leave. Fenced, it forgets what
/// it holds and joins anew: the entries are somebody else's by then.
///
/// One commit is under way at a time and brings the next entries along, so a busy worker makes one call for each batch;
/// an idle one waits on its lane.
///
/// A processor that does not return within its time stops the beat, and nothing else: the leader takes the lane, so the
/// entry gets its crash mark and goes elsewhere; the worker, once fenced, leaves the hung thread behind and joins anew.
final class WorkerDuty implements Duty {

    private static final Logger log = LoggerFactory.getLogger(WorkerDuty.class);

    /// Most entries committed or read in one call: where larger batches stop paying.
    private static final int MAX_BATCH_ENTRIES = 500;

    /// For fewer nothing is read while as many wait to be taken: however little is wanted of a pack, all of it is sent.
    static final int MIN_READ_ENTRIES = 64;

    /// Most bytes read in one call, and most bytes of outcomes in one commit; passed by a single larger one.
    private static final int MAX_BATCH_BYTES = 1 << 20;

    /// Most bytes of entries held in all slices before reading stops, passed by a single entry in each.
    private static final int MAX_HELD_BYTES = 16 << 20;

    /// Most stream entries one commit adds, passed by a single message: a script has to be short.
    private static final int MAX_STREAM_ENTRIES = 5_000;

    /// At so many threads left behind, still in a processor that never returned, another hung one ends the worker.
    static final int MAX_LEFT_BEHIND = 8;

    /// While some of several processors are idle and others at work, the lane is looked at this often.
    private static final long PEEK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /// The output stream is trimmed this often.
    private static final long TRIM_NANOS = TimeUnit.SECONDS.toNanos(1);

    /// For so many of our beats we watch whether another worker of our name beats.
    private static final int RIVAL_BEATS = 3;

    /// Looks at which a rival must have moved before it is believed to live.
    private static final int RIVAL_MOVES = 2;

    private static final int MAX_CRASHES = 3;

    private final WorkerSettings settings;
    private final Slice slice;
    private final String stream;
    private final int maxHeldBytes;
    private final Map<String, String> about;
    private final String life;
    private final Processors processors;
    private final Call<Reply.Joined> joining;
    private final Call<Reply.ToBeat> beating;
    private final Call<Reply.ToCommit> committing;
    private final Call<Boolean> awaiting;
    private final Call<Reply.ToLeave> leaving;
    private final Call<Roster> looking;
    private final Call<Long> trimming;
    private final LongAdder committed = new LongAdder();
    private final LongAdder dead = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final LongAdder retried = new LongAdder();
    private @Nullable Membership membership;
    private LaneWindow window = new LaneWindow(0);
    private HangWatch hangs = new HangWatch(window);
    private HangWatch.@Nullable Stall hung;
    private @Nullable RoleStoppedException stopping;
    private long incarnations;
    private boolean lookDue;
    private long lookAtNanos;
    private Roster.@Nullable Seat rival;
    private int rivalMoves;
    private long backlog;
    private boolean readDue;
    private long nextPeekNanos;
    private long beat;
    private long nextBeatNanos;
    private long nextTrimNanos;
    private boolean quietSaid;
    private volatile boolean quiet;
    private volatile boolean giveUp;

    /// @param number of the slice
    /// @param health of the store, which all slices of a worker share
    WorkerDuty(
            WorkerSettings settings,
            Slice slice,
            int number,
            Map<String, String> about,
            Supplier<String> randomId,
            Processors processors,
            Runnable wake,
            RandomGenerator random,
            Health health) {
        this.settings = settings;
        this.slice = slice;
        this.stream = SliceKeys.of(settings.stream(), settings.slices()).get(number).stream();
        this.maxHeldBytes = MAX_HELD_BYTES / settings.slices();
        this.about = about;
        this.life = randomId.get();
        this.processors = processors;
        Calls calls = new Calls(health, wake, random);
        this.joining = calls.line();
        this.beating = calls.line();
        this.committing = calls.line();
        this.awaiting = calls.line();
        this.leaving = calls.line();
        this.looking = calls.line();
        this.trimming = calls.line();
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

    /// Whether it holds an entry that no thread has taken yet, and wants one to.
    boolean hasUntaken() {
        return membership != null && !giveUp && window.nextTaken() < window.added();
    }

    /// Changes whenever a thread takes an entry.
    long nextTaken() {
        return window.nextTaken();
    }

    WorkerFigures figures() {
        return new WorkerFigures(committed.sum(), dead.sum(), dropped.sum(), retried.sum());
    }

    @Override
    public long doWork(long nowNanos) {
        long rest = step(nowNanos);
        if (rest < 0 && stopping != null) {
            throw stopping;
        }
        return rest;
    }

    private long step(long nowNanos) {
        Membership member = membership;
        if (member == null) {
            return join(nowNanos);
        }
        if (leaving.busy() || joining.busy()) {
            return leave(nowNanos);
        }
        hangs.look(nowNanos);
        beat(member, nowNanos);
        trim(nowNanos);
        committing.poll(nowNanos);
        awaiting.poll(nowNanos);
        if (membership == null) {
            return 0;
        }
        if (quiet && mayLeave()) {
            beginToLeave(member);
            return 0;
        }
        boolean peeks = hasIdleHands();
        if (peeks && nowNanos - nextPeekNanos >= 0) {
            nextPeekNanos = nowNanos + PEEK_NANOS;
            readDue = true;
        }
        work(member);
        long next = nextBeatNanos - nowNanos;
        return Math.max(0, peeks ? Math.min(next, nextPeekNanos - nowNanos) : next);
    }

    private long join(long nowNanos) {
        looking.poll(nowNanos);
        joining.poll(nowNanos);
        if (membership != null) {
            return 0;
        }
        if (!joining.busy() && !looking.busy()) {
            if (quiet) {
                return -1;
            }
            if (lookDue) {
                if (nowNanos - lookAtNanos >= 0) {
                    looking.begin(slice::roster, roster -> seeWhoHasTheLane(roster, nowNanos));
                }
            } else {
                String incarnation = nextIncarnation();
                joining.begin(() -> join(incarnation), reply -> joined(reply, nowNanos));
            }
        }
        return giveUp ? -1 : TimeUnit.MILLISECONDS.toNanos(100);
    }

    private CompletableFuture<Reply.Joined> join(String incarnation) {
        return slice.join(settings.id(), incarnation, settings.capacity(), MAX_CRASHES, about);
    }

    /// Random by the life of this duty, new by the count.
    private String nextIncarnation() {
        return life + "." + ++incarnations;
    }

    /// Two workers of one name would take the lane from each other in turn, and mark what they hold each time, until
    /// good messages are dead letters. The one that came later keeps it, if it lives: a beat that moves once may be a late
    /// one of a worker that is gone.
    private void seeWhoHasTheLane(Roster roster, long nowNanos) {
        Roster.Seat before = rival;
        rival = roster.workers().stream().filter(this::isOfAnotherLife).findFirst().orElse(null);
        Roster.Seat now = rival;
        if (now == null) {
            lookDue = false;
        } else if (before == null || !before.incarnation().equals(now.incarnation())) {
            rivalMoves = 0;
            lookAtNanos = nowNanos + RIVAL_BEATS * settings.beat().toNanos();
        } else if (before.beat() >= now.beat()) {
            lookDue = false;
        } else if (++rivalMoves < RIVAL_MOVES) {
            lookAtNanos = nowNanos + RIVAL_BEATS * settings.beat().toNanos();
        } else {
            stopping =
                    new RoleStoppedException(
                            "another worker named "
                                    + settings.id()
                                    + " took its lane; give each worker a name of its own");
            giveUp();
        }
    }

    private boolean isOfAnotherLife(Roster.Seat seat) {
        return seat.id().equals(settings.id())
                && seat.state() != WorkerState.LOST
                && !seat.incarnation().startsWith(life + ".");
    }

    private void joined(Reply.Joined reply, long nowNanos) {
        membership = reply.membership();
        window = new LaneWindow(reply.head());
        hangs = new HangWatch(window);
        hung = null;
        backlog = reply.backlog();
        readDue = backlog > 0;
        beat = 0;
        nextBeatNanos = nowNanos;
        nextTrimNanos = nowNanos;
        quietSaid = false;
        processors.workOn(window);
        log.info("worker {} joined {}", settings.id(), stream);
    }

    private void beat(Membership member, long nowNanos) {
        beating.poll(nowNanos);
        boolean due =
                nowNanos - nextBeatNanos >= 0 || (quiet && !quietSaid && hung == null && !giveUp);
        if (due && !beating.busy() && membership != null) {
            nextBeatNanos = nowNanos + settings.beat().toNanos();
            watchForHangs(nowNanos);
            long next = hung == null ? ++beat : beat;
            boolean saysQuiet = quiet && hung == null;
            // While a processor hangs, the last beat is repeated: it shows no life and still tells
            // whether the lane is ours.
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

    /// Every worker does, for any may be the last; where nothing is to go it costs the store next to nothing.
    private void trim(long nowNanos) {
        trimming.poll(nowNanos);
        boolean bound = settings.maxStreamEntries() > 0 || !settings.maxStreamAge().isZero();
        if (bound && !trimming.busy() && nowNanos - nextTrimNanos >= 0) {
            nextTrimNanos = nowNanos + TRIM_NANOS;
            trimming.begin(
                    () -> slice.trim(settings.maxStreamEntries(), settings.maxStreamAge()),
                    went -> {});
        }
    }

    private void watchForHangs(long nowNanos) {
        HangWatch.Stall before = hung;
        HangWatch.Stall now = hangs.stalledFor(settings.processTimeout().toNanos(), nowNanos);
        hung = now;
        if (now == null) {
            if (before != null) {
                log.info("worker {}: the processor returned; beating again", settings.id());
            }
        } else if (before == null || before.ordinal() != now.ordinal()) {
            log.warn(
                    "worker {}: the processor has not returned from {} for {} s; not beating until it does",
                    settings.id(),
                    window.entry(now.ordinal()).position(),
                    TimeUnit.NANOSECONDS.toSeconds(now.nanos()));
            stopIfTooManyAreLeftBehind();
        }
    }

    /// Without leaving: the leader takes the lane, and the entry gets its crash mark.
    private void stopIfTooManyAreLeftBehind() {
        int leftBehind = processors.leftBehind();
        if (leftBehind >= MAX_LEFT_BEHIND) {
            throw new RoleStoppedException(
                    "another processor hangs, and "
                            + leftBehind
                            + " threads are in processors that never returned; mend the processor, start the program anew");
        }
    }

    /// Whether some processors are at work and others find nothing to take. Only commits tell what has come meanwhile, and
    /// a wait on a lane that is not empty is over at once.
    private boolean hasIdleHands() {
        long held = window.added() - window.head();
        return held > 0 && held < settings.concurrency() && window.nextTaken() == window.added();
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
        List<Finish> finishes =
                window.finishes(MAX_BATCH_ENTRIES, MAX_BATCH_BYTES, MAX_STREAM_ENTRIES);
        int finished = finishes.size();
        long roomBytes = maxHeldBytes - window.heldBytesBehind(finished);
        boolean reads = !giveUp && hung == null && roomBytes > 0;
        int room = reads ? Math.min(MAX_BATCH_ENTRIES, window.room() + finished) : 0;
        if (room < MIN_READ_ENTRIES && window.added() - window.nextTaken() >= MIN_READ_ENTRIES) {
            room = 0;
        }
        boolean roomy =
                window.room() >= MAX_BATCH_ENTRIES && window.heldBytes() <= maxHeldBytes / 2;
        boolean more = backlog > window.added() - window.head();
        if (finished > 0 || (room > 0 && (readDue || (more && roomy)))) {
            readDue = false;
            int bytes = (int) Math.max(0, Math.min(MAX_BATCH_BYTES, roomBytes));
            byte[] positions = window.positions(finishes.size());
            commit(
                    member,
                    new Commit(window.head(), positions, finishes, window.added(), room, bytes));
        } else if (window.isEmpty() && !awaiting.busy() && !quiet) {
            awaiting.begin(
                    () -> slice.awaitEntry(settings.id(), RedisSlice.MAX_AWAIT),
                    present -> readDue |= present);
        }
    }

    private void commit(Membership member, Commit call) {
        committing.begin(
                () -> slice.commit(member, call), reply -> committed(call.finishes(), reply));
    }

    private void committed(List<Finish> finishes, Reply.ToCommit reply) {
        switch (reply) {
            case Reply.Committed done -> {
                window.commit(finishes.size());
                count(finishes);
                backlog = done.backlog();
                List<Entry> read = done.entries();
                if (!read.isEmpty()) {
                    window.add(read, done.storeMillis());
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
                case Finish.Retry retry -> retried.increment();
                case Finish.Expire expire -> dropped.increment();
                case Finish.PassOn passed -> committed.increment();
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
        lookDue = true;
        rival = null;
        lookAtNanos = nextBeatNanos - settings.beat().toNanos();
        window = new LaneWindow(0);
        hangs = new HangWatch(window);
        hung = null;
        beating.cancel();
        trimming.cancel();
        committing.cancel();
        awaiting.cancel();
    }

    /// An entry that still runs when the time is over may be the one that ends its workers, so it must not go back as if
    /// nothing had been: a new incarnation marks what was in hand, and leaves.
    private void beginToLeave(Membership member) {
        boolean oneRuns = window.firstUnfinished() < window.nextTaken();
        window.close();
        processors.workOn(null);
        beating.cancel();
        awaiting.cancel();
        if (oneRuns) {
            String incarnation = nextIncarnation();
            joining.begin(() -> join(incarnation), reply -> leave(reply.membership()));
        } else {
            leave(member);
        }
    }

    private void leave(Membership member) {
        leaving.begin(() -> slice.leave(member), reply -> left(member, reply));
    }

    private long leave(long nowNanos) {
        joining.poll(nowNanos);
        leaving.poll(nowNanos);
        return membership == null ? -1 : leaving.busy() || joining.busy() ? Long.MAX_VALUE : 0;
    }

    private void left(Membership member, Reply.ToLeave reply) {
        if (reply instanceof Reply.Moved moved && moved.left() > 0) {
            leave(member);
        } else {
            membership = null;
        }
    }
}
