package dev.baton.dispatch;

import dev.baton.Position;
import dev.baton.duty.Backoff;
import dev.baton.duty.Calls;
import dev.baton.duty.Trouble;
import dev.baton.slice.Batch;
import dev.baton.slice.Delivery;
import dev.baton.slice.Element;
import dev.baton.slice.Entry;
import dev.baton.slice.Leadership;
import dev.baton.slice.Reply;
import dev.baton.slice.Slice;
import dev.baton.slice.Transport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends one slice's retained messages to lanes in batches, a few under way at once. Each batch names the watermark it expects, the
/// one the batch before leaves, so they take effect in order or not at all.
///
/// When an answer is lost, the oldest batch is sent again, unchanged, until it is answered. When one is refused, all
/// behind it are refused too, and planning starts over at the watermark the store has: also when the store lost its tail
/// and the watermark went back. Not thread-safe.
final class Dispatching {

    private static final Logger log = LoggerFactory.getLogger(Dispatching.class);

    /// Batches under way at once: enough to keep the store busy over a round trip.
    private static final int MAX_IN_FLIGHT = 4;

    /// While what is heard is held, it is looked this often whether it may go on.
    private static final long LOOK_WHILE_HELD_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /// A batch lingers only if at least this many messages are to be expected meanwhile: fewer do not pay for the wait.
    private static final int MIN_EXPECTED_MESSAGES = 8;

    private final Slice slice;
    private final int number;
    private final int slices;
    private final boolean toLanes;
    private final Leadership leadership;
    private final DispatcherSettings settings;
    private final Retained retained;
    private final WorkerWatch workers;
    private final LaneChoice choice;
    private final BacklogBound bound;
    private final Calls calls;
    private final Counters counters;
    private final ArrivalRate rate = new ArrivalRate();
    private final ArrayDeque<Step> inFlight = new ArrayDeque<>();
    private final Backoff backoff;
    private final Trouble trouble;
    private Cursor cursor;
    private Position confirmed;
    private long unplanned;
    private int heardOfAll;
    private Cursor.@Nullable Loss givenUp;
    private @Nullable Position ends;
    private long storeMillis;
    private long storeMillisAtNanos;
    private long oldestUnsentNanos;
    private boolean unsent;
    private boolean recovering;
    private boolean restart;
    private boolean fenced;
    private boolean held;
    private long retryAtNanos;

    /// One call under way: a batch, or the declaration of a loss.
    private static final class Step {
        final Position expected;
        final Position next;
        final @Nullable Batch batch;
        final Cursor.@Nullable Loss loss;
        @Nullable CompletableFuture<? extends Reply> answer;
        boolean sendAgain;
        boolean doubted;

        Step(Batch batch) {
            this.expected = batch.expected();
            this.next = batch.next();
            this.batch = batch;
            this.loss = null;
        }

        Step(Position expected, Cursor.Loss loss) {
            this.expected = expected;
            this.next = loss.to();
            this.batch = null;
            this.loss = loss;
        }
    }

    /// @param number of the slice
    Dispatching(
            Slice slice,
            int number,
            Reply.Granted granted,
            Means means,
            WorkerWatch workers,
            LaneChoice choice,
            long nowNanos) {
        this.slice = slice;
        this.number = number;
        this.slices = means.slices();
        this.toLanes = slice.transport() == Transport.LISTS;
        this.leadership = granted.leadership();
        this.settings = means.settings();
        this.retained = means.retained();
        this.workers = workers;
        this.choice = choice;
        this.bound = new BacklogBound(means, settings.streamOf(number), slice, workers, nowNanos);
        this.calls = means.calls();
        this.backoff = calls.backoff();
        this.trouble = calls.trouble();
        this.counters = means.counters();
        this.confirmed = granted.watermark();
        this.ends = granted.ending().at();
        this.cursor = retained.cursorAt(number, confirmed, ends);
        this.unplanned = settings.maxBatchEntries();
        heardStoreTime(granted.storeMillis(), nowNanos);
    }

    /// Messages of all slices were appended to what is retained; every so manieth is ours.
    void heard(int messages, long nowNanos) {
        heardOfAll += messages;
        int ours = heardOfAll / slices;
        heardOfAll -= ours * slices;
        rate.count(ours, nowNanos);
        unplanned += ours;
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

    /// Whether an operator wants what is heard to be held. Last words are said all the same: what is not dispatched then is lost
    /// to this dispatcher.
    void hold(boolean paused) {
        if (held != paused) {
            held = paused;
            log.info(
                    "{}: {}",
                    settings.streamOf(number),
                    paused ? "paused; holding what is heard" : "resumed");
        }
    }

    /// Whether the store said that somebody else leads.
    boolean fenced() {
        return fenced;
    }

    /// Whether everything heard has been confirmed by the store.
    boolean done() {
        return inFlight.isEmpty()
                && !restart
                && (isAtEnd(confirmed)
                        || (givenUp == null
                                && !cursor.hasNext()
                                && confirmed.compareTo(retained.floor()) >= 0));
    }

    /// Where the slice ends was heard: what follows is not dispatched here.
    ///
    /// @param end null if it goes on
    void endsAt(@Nullable Position end) {
        if (!Objects.equals(ends, end)) {
            ends = end;
            restart = true;
        }
    }

    /// How far nothing of this slice is missing when nothing is missing before a position: if the slice ends there, as far as
    /// was heard.
    Position orBeyondEnd(Position position, Position heard) {
        return isAtEnd(position) && heard.compareTo(position) > 0 ? heard : position;
    }

    /// Whether the slice ends there or before.
    boolean isAtEnd(Position position) {
        return ends != null && position.compareTo(ends) >= 0;
    }

    private Position notBeyondEnd(Position position) {
        return ends != null && position.compareTo(ends) > 0 ? ends : position;
    }

    /// Whether nothing is under way.
    boolean idle() {
        return inFlight.isEmpty();
    }

    /// What lies before a mark is declared, because nobody knows where among it the watermark lies.
    void giveUpUntil(Position mark) {
        givenUp = new Cursor.Loss(mark, null, "nobody in sync knows the mark of the watermark");
    }

    /// The position before which the store has everything.
    Position confirmed() {
        return confirmed;
    }

    /// Moves the watermark up to the newest mark when nothing waits before it, else a quiet slice would look uncovered
    /// to a dispatcher that came later.
    void settleQuiet(Position newestMark) {
        Position to = notBeyondEnd(newestMark);
        if (done() && !recovering && to.compareTo(confirmed) > 0) {
            send(new Step(new Batch(confirmed, to, List.of())));
        }
    }

    /// Moves the watermark to the end of a slice that ends, without waiting for a beat: the slices to come wait for it.
    ///
    /// @param heard the position of the next message
    void settleEnd(Position heard) {
        Position end = ends;
        if (end != null && heard.compareTo(end) >= 0) {
            settleQuiet(end);
        }
    }

    /// The watermark as the store had it. What is under way finds out by itself that it went back.
    ///
    /// @param reached what was confirmed before the store was asked: the answer may be older than what is confirmed now
    void heardWatermark(Position watermark, Position reached) {
        if (inFlight.isEmpty()
                && watermark.compareTo(reached) < 0
                && watermark.compareTo(confirmed) < 0) {
            goBack(watermark);
        }
    }

    /// Works. Returns in how many nanoseconds it wants to be called again.
    long doWork(long nowNanos, Leave leave) {
        collectAnswers(nowNanos);
        if (fenced) {
            return 0;
        }
        return Math.min(bound.doWork(nowNanos), dispatch(nowNanos, leave));
    }

    private long dispatch(long nowNanos, Leave leave) {
        if (recovering) {
            return resend(nowNanos);
        }
        if (restart && inFlight.isEmpty()) {
            restart = false;
            unplanned = settings.maxBatchEntries();
            cursor = retained.cursorAt(number, confirmed, ends);
        }
        while (leave != Leave.AT_ONCE
                && !restart
                && workers.ready()
                && inFlight.size() < MAX_IN_FLIGHT) {
            if (leave != Leave.WITH_LAST_WORDS && (held || isFull(nowNanos))) {
                return LOOK_WHILE_HELD_NANOS;
            }
            long rest = lingerNanos(nowNanos, leave == Leave.WITH_LAST_WORDS);
            if (rest > 0) {
                return rest;
            }
            send(plan(nowNanos));
        }
        // The answers wake us; what is heard meanwhile cannot be sent before one comes.
        long linger = settings.linger().toNanos();
        return inFlight.size() < MAX_IN_FLIGHT || linger == 0 ? Long.MAX_VALUE : linger;
    }

    private boolean isFull(long nowNanos) {
        long entries = 0;
        for (Step step : inFlight) {
            entries += step.batch == null ? 0 : step.batch.size();
        }
        return bound.isFull(entries, nowNanos);
    }

    /// How long to wait before the next batch is planned: 0 for now, the longest for nothing to plan.
    private long lingerNanos(long nowNanos, boolean flush) {
        boolean atEnd = isAtEnd(lastPlanned());
        if (!atEnd && (givenUp != null || lastPlanned().compareTo(retained.floor()) < 0)) {
            return 0;
        }
        if (atEnd || !cursor.hasNext()) {
            unsent = false;
            unplanned = 0;
            return Long.MAX_VALUE;
        }
        if (flush || unplanned >= settings.maxBatchEntries() || cursor.lossNext()) {
            return 0;
        }
        long linger = settings.linger().toNanos();
        boolean worthWaiting = rate.expectedWithin(linger) >= MIN_EXPECTED_MESSAGES;
        if (!worthWaiting) {
            return 0;
        }
        return Math.max(0, oldestUnsentNanos + linger - nowNanos);
    }

    private Step plan(long nowNanos) {
        Position expected = lastPlanned();
        Cursor.Loss unplaced = givenUp;
        if (unplaced != null) {
            givenUp = null;
            return loss(expected, unplaced);
        }
        if (expected.compareTo(retained.floor()) < 0) {
            return loss(expected, new Cursor.Loss(retained.floor(), null, "no longer kept"));
        }
        if (cursor.lossNext()) {
            Cursor.Loss loss = cursor.takeLoss();
            retained.planned(number, loss.to());
            return new Step(expected, loss);
        }
        long millis = storeMillis + (nowNanos - storeMillisAtNanos) / 1_000_000;
        int messages = cursor.kept(settings.maxBatchEntries(), settings.maxBatchBytes());
        List<Delivery> deliveries = deliveries(messages, millis);
        bound.sent(messages, bytesOf(deliveries));
        unplanned = Math.max(0, unplanned - messages);
        unsent = true;
        oldestUnsentNanos = nowNanos;
        retained.planned(number, cursor.position());
        return new Step(new Batch(expected, cursor.position(), deliveries));
    }

    private static long bytesOf(List<Delivery> deliveries) {
        long bytes = 0;
        for (Delivery delivery : deliveries) {
            for (Element element : delivery.elements()) {
                bytes += element.length();
            }
        }
        return bytes;
    }

    private Step loss(Position expected, Cursor.Loss loss) {
        Position to = notBeyondEnd(loss.to());
        cursor = retained.cursorAt(number, to, ends);
        return new Step(expected, new Cursor.Loss(to, loss.count(), loss.cause()));
    }

    private Position lastPlanned() {
        Step last = inFlight.peekLast();
        return last == null ? confirmed : last.next;
    }

    private List<Delivery> deliveries(int messages, long millis) {
        List<Lane> live = toLanes ? workers.lanes() : List.of();
        if (live.isEmpty()) {
            List<Entry> entries = new ArrayList<>(messages);
            for (int i = 0; i < messages; i++) {
                entries.add(cursor.take(millis));
            }
            return List.of(new Delivery(Delivery.WAITING, entries));
        }
        int[] counts = choice.share(messages, live);
        List<Delivery> deliveries = new ArrayList<>(live.size());
        for (int lane = 0; lane < counts.length; lane++) {
            if (counts[lane] > 0) {
                String worker = live.get(lane).worker();
                deliveries.add(new Delivery(worker, elements(counts[lane], millis)));
                workers.sent(worker, counts[lane]);
            }
        }
        return deliveries;
    }

    private List<Element> elements(int messages, long millis) {
        List<Element> elements = new ArrayList<>();
        for (int left = messages; left > 0; ) {
            Element next = cursor.take(millis, left);
            elements.add(next);
            left -= next.size();
        }
        return elements;
    }

    private void send(Step step) {
        inFlight.addLast(step);
        call(step);
    }

    private void call(Step step) {
        CompletableFuture<? extends Reply> sent =
                step.batch != null
                        ? slice.dispatch(leadership, step.batch)
                        : declare(step.expected, Objects.requireNonNull(step.loss));
        step.answer = sent;
        var _ = sent.whenComplete((reply, failure) -> calls.wake().run());
    }

    private CompletableFuture<Reply.ToSkip> declare(Position from, Cursor.Loss loss) {
        return slice.skip(leadership, from, loss.to(), loss.count(), loss.cause());
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
                trouble.failed(failure);
                // What was sent behind it may have been refused for want of it: those answers do
                // not count.
                inFlight.forEach(step -> step.sendAgain = true);
                first.sendAgain = false;
                first.answer = null;
                recovering = true;
                retryAtNanos = nowNanos + backoff.nextNanos();
                return;
            }
            trouble.succeeded();
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
                if (toLanes && (appended.waiting() > 0 || choice.looksAtBacklogs())) {
                    workers.lookSoon(nowNanos);
                }
                applied(step);
                counters.dispatched.add(step.batch == null ? 0 : step.batch.size());
            }
            case Reply.Applied applied -> {
                applied(step);
                declared(step.expected, Objects.requireNonNull(step.loss));
            }
            case Reply.LanesClosed closed -> {
                workers.lookNow(nowNanos);
                restart = true;
            }
            case Reply.Bounded bounded -> {
                endsAt(bounded.ends());
                restart = true;
            }
            case Reply.Regressed regressed -> regressed(step, regressed.watermark(), nowNanos);
            case Reply.Fenced gone -> fenced = true;
            default ->
                    throw new IllegalStateException("a dispatch is never answered with " + reply);
        }
    }

    private void declared(Position from, Cursor.Loss loss) {
        Long count = loss.count();
        counters.lost.add(count == null ? 0 : count);
        log.warn(
                "declared as a gap: {} messages from {} to {}: {}",
                count == null ? "an unknown number of" : count,
                from,
                loss.to(),
                loss.cause());
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
            goBack(watermark);
        } else {
            confirmed = watermark;
            restart = true;
        }
    }

    /// The store lost its tail, and with it went the lanes, the output and the books: what was dispatched since is
    /// dispatched again from what is retained. What is not retained any more is declared.
    private void goBack(Position watermark) {
        log.warn(
                "the store lost its tail: its watermark went back from {} to {}; dispatching again",
                confirmed,
                watermark);
        counters.wentBack.increment();
        confirmed = watermark;
        restart = true;
    }

    private void applied(Step step) {
        if (step.next.compareTo(confirmed) > 0) {
            confirmed = step.next;
        }
    }
}
