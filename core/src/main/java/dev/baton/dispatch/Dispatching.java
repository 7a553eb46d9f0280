package dev.baton.dispatch;

import dev.baton.Position;
import dev.baton.duty.Backoff;
import dev.baton.duty.Calls;
import dev.baton.slice.Batch;
import dev.baton.slice.Delivery;
import dev.baton.slice.Entry;
import dev.baton.slice.Leadership;
import dev.baton.slice.Reply;
import dev.baton.slice.Roster;
import dev.baton.slice.Slice;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends retained messages to lanes in batches, a few under way at once. Each batch names the watermark it expects, the
/// one the batch before leaves, so they take effect in order or not at all.
///
/// When an answer is lost, the oldest batch is sent again, unchanged, until it is answered. When one is refused, all
/// behind it are refused too, and planning starts over at the watermark the store has. Not thread-safe.
final class Dispatching {

    private static final Logger log = LoggerFactory.getLogger(Dispatching.class);

    /// Batches under way at once: enough to keep the store busy over a round trip.
    private static final int MAX_IN_FLIGHT = 4;

    /// A batch lingers only if at least this many messages are to be expected meanwhile: fewer do not pay for the wait.
    private static final int MIN_EXPECTED_MESSAGES = 8;

    private final Slice slice;
    private final Leadership leadership;
    private final DispatcherSettings settings;
    private final Retained retained;
    private final WorkerWatch workers;
    private final LaneChoice choice;
    private final Calls calls;
    private final Counters counters;
    private final ArrivalRate rate = new ArrivalRate();
    private final ArrayDeque<Step> inFlight = new ArrayDeque<>();
    private final Backoff backoff;
    private Retained.Cursor cursor;
    private Position confirmed;
    private long storeMillis;
    private long storeMillisAtNanos;
    private long oldestUnsentNanos;
    private boolean unsent;
    private boolean recovering;
    private boolean restart;
    private boolean fenced;
    private long retryAtNanos;

    /// One call under way: a batch, or the declaration of messages that were shed.
    private static final class Step {
        final Position expected;
        final Position next;
        final @Nullable Batch batch;
        final long shed;
        @Nullable CompletableFuture<? extends Reply> answer;
        boolean sendAgain;
        boolean doubted;

        Step(Position expected, Position next, @Nullable Batch batch, long shed) {
            this.expected = expected;
            this.next = next;
            this.batch = batch;
            this.shed = shed;
        }
    }

    Dispatching(
            Slice slice,
            Reply.Granted granted,
            DispatcherSettings settings,
            Retained retained,
            WorkerWatch workers,
            LaneChoice choice,
            Calls calls,
            Counters counters,
            long nowNanos) {
        this.slice = slice;
        this.leadership = granted.leadership();
        this.settings = settings;
        this.retained = retained;
        this.workers = workers;
        this.choice = choice;
        this.calls = calls;
        this.backoff = calls.backoff();
        this.counters = counters;
        this.confirmed = granted.watermark();
        this.cursor = retained.cursorAt(confirmed);
        heardStoreTime(granted.storeMillis(), nowNanos);
    }

    /// Messages were appended to what is retained.
    void heard(int messages, long nowNanos) {
        rate.count(messages, nowNanos);
        if (!unsent) {
            unsent = true;
            oldestUnsentNanos = nowNanos;
        }
    }

    /// The store's clock, as it was just heard.
    void heardStoreTime(long millis, long nowNanos) {
        storeMillis = millis;
        storeMillisAtNanos = nowNanos;
    }

    /// Whether the store said that somebody else leads.
    boolean fenced() {
        return fenced;
    }

    /// Whether everything heard has been confirmed by the store.
    boolean done() {
        return inFlight.isEmpty() && !restart && confirmed.equals(retained.end());
    }

    /// Works. Returns in how many nanoseconds it wants to be called again.
    long doWork(long nowNanos, boolean flush) {
        collectAnswers(nowNanos);
        if (fenced) {
            return 0;
        }
        if (recovering) {
            return resend(nowNanos);
        }
        if (restart && inFlight.isEmpty()) {
            restart = false;
            cursor = retained.cursorAt(confirmed);
        }
        long rest = Long.MAX_VALUE;
        while (!restart && workers.ready() && inFlight.size() < MAX_IN_FLIGHT) {
            rest = lingerNanos(nowNanos, flush);
            if (rest > 0) {
                break;
            }
            send(plan(nowNanos));
        }
        return rest;
    }

    /// How long to wait before the next batch is planned: 0 for now, the longest for nothing to plan.
    private long lingerNanos(long nowNanos, boolean flush) {
        if (cursor.next().equals(retained.end())) {
            unsent = false;
            return Long.MAX_VALUE;
        }
        if (flush || cursor.shed() > 0 || isFull()) {
            return 0;
        }
        long linger = settings.linger().toNanos();
        boolean worthWaiting = rate.expectedWithin(linger) >= MIN_EXPECTED_MESSAGES;
        if (!worthWaiting) {
            return 0;
        }
        return Math.max(0, oldestUnsentNanos + linger - nowNanos);
    }

    private boolean isFull() {
        Position from = cursor.next();
        Position end = retained.end();
        return from.term() != end.term()
                || from.mark() != end.mark()
                || from.messagesUntil(end) >= settings.maxBatchEntries();
    }

    private Step plan(long nowNanos) {
        Position expected = cursor.next();
        if (expected.compareTo(lastPlanned()) > 0) {
            throw new IllegalStateException(
                    "messages from " + lastPlanned() + " to " + expected + " were released");
        }
        long shed = cursor.skipShed();
        if (shed > 0) {
            return new Step(expected, cursor.next(), null, shed);
        }
        List<Entry> entries = new ArrayList<>(settings.maxBatchEntries());
        long millis = storeMillis + (nowNanos - storeMillisAtNanos) / 1_000_000;
        long bytes = 0;
        int length;
        while (entries.size() < settings.maxBatchEntries()
                && (length = cursor.peekLength()) >= 0
                && (entries.isEmpty() || bytes + length <= settings.maxBatchBytes())) {
            entries.add(cursor.take(millis));
            bytes += length;
        }
        unsent = !cursor.next().equals(retained.end());
        oldestUnsentNanos = nowNanos;
        return new Step(
                expected,
                cursor.next(),
                new Batch(expected, cursor.next(), deliveries(entries)),
                0);
    }

    private Position lastPlanned() {
        Step last = inFlight.peekLast();
        return last == null ? confirmed : last.next;
    }

    private List<Delivery> deliveries(List<Entry> entries) {
        List<Roster.Seat> live = workers.live();
        if (live.isEmpty()) {
            return List.of(new Delivery(Delivery.WAITING, entries));
        }
        int[] counts = choice.share(entries.size(), live);
        List<Delivery> deliveries = new ArrayList<>(live.size());
        int from = 0;
        for (int lane = 0; lane < counts.length; lane++) {
            if (counts[lane] > 0) {
                deliveries.add(
                        new Delivery(
                                live.get(lane).id(), entries.subList(from, from + counts[lane])));
                from += counts[lane];
            }
        }
        return deliveries;
    }

    private void send(Step step) {
        inFlight.addLast(step);
        call(step);
    }

    private void call(Step step) {
        CompletableFuture<? extends Reply> sent =
                step.batch != null
                        ? slice.dispatch(leadership, step.batch)
                        : slice.skip(
                                leadership, step.expected, step.next, step.shed, "buffer full");
        step.answer = sent;
        var _ = sent.whenComplete((reply, failure) -> calls.wake().run());
    }

    private void collectAnswers(long nowNanos) {
        Step first;
        while ((first = inFlight.peekFirst()) != null) {
            CompletableFuture<? extends Reply> answer = first.answer;
            if (answer == null || !answer.isDone()) {
                return;
            }
            if (first.sendAgain) {
                first.sendAgain = false;
                first.answer = null;
                recovering = true;
                retryAtNanos = nowNanos;
                return;
            }
            Reply reply;
            try {
                reply = answer.join();
            } catch (CompletionException | CancellationException failure) {
                calls.health().failed(failure);
                // What was sent behind it may have been refused for want of it: those answers do
                // not count.
                inFlight.forEach(step -> step.sendAgain = true);
                first.sendAgain = false;
                first.answer = null;
                recovering = true;
                retryAtNanos = nowNanos + backoff.nextNanos();
                return;
            }
            calls.health().succeeded();
            backoff.reset();
            recovering = false;
            inFlight.removeFirst();
            settle(first, reply, nowNanos);
        }
    }

    /// Sends the oldest batch again, alone: those behind it are answered, or sent again, after it.
    private long resend(long nowNanos) {
        Step first = inFlight.getFirst();
        if (first.answer == null) {
            long rest = retryAtNanos - nowNanos;
            if (rest > 0) {
                return rest;
            }
            call(first);
        }
        return Long.MAX_VALUE;
    }

    private void settle(Step step, Reply reply, long nowNanos) {
        switch (reply) {
            case Reply.Appended appended -> {
                heardStoreTime(appended.storeMillis(), nowNanos);
                workers.heardVersion(appended.roster(), nowNanos);
                if (appended.waiting() > 0) {
                    workers.lookSoon(nowNanos);
                }
                applied(step);
                counters.dispatched.add(step.batch == null ? 0 : step.batch.size());
            }
            case Reply.Applied applied -> {
                applied(step);
                counters.lost.add(step.shed);
                log.warn(
                        "lost {} messages from {} to {}: the buffer was full; declared as a gap",
                        step.shed,
                        step.expected,
                        step.next);
            }
            case Reply.LanesClosed closed -> {
                workers.lookNow(nowNanos);
                restart = true;
            }
            case Reply.Regressed regressed -> regressed(step, regressed.watermark(), nowNanos);
            case Reply.Fenced gone -> fenced = true;
            default ->
                    throw new IllegalStateException("a dispatch is never answered with " + reply);
        }
    }

    /// The store stands elsewhere. Before that is believed of a watermark that went back, the step is sent once more: a
    /// server that had to learn a script may have run it after the one behind it.
    private void regressed(Step step, Position watermark, long nowNanos) {
        boolean wentBack = watermark.compareTo(confirmed) < 0;
        if (wentBack && !step.doubted) {
            step.doubted = true;
            step.answer = null;
            inFlight.forEach(later -> later.sendAgain = true);
            inFlight.addFirst(step);
            recovering = true;
            retryAtNanos = nowNanos;
            return;
        }
        if (wentBack) {
            log.error("the store's watermark went back from {} to {}", confirmed, watermark);
            fenced = true;
        }
        confirmed = watermark;
        restart = true;
    }

    private void applied(Step step) {
        if (step.next.compareTo(confirmed) > 0) {
            confirmed = step.next;
            retained.releaseBefore(confirmed);
        }
    }
}
