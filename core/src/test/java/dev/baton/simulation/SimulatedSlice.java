package dev.baton.simulation;

import dev.baton.Position;
import dev.baton.slice.Batch;
import dev.baton.slice.Claim;
import dev.baton.slice.Commit;
import dev.baton.slice.Lead;
import dev.baton.slice.Leadership;
import dev.baton.slice.Membership;
import dev.baton.slice.Reply;
import dev.baton.slice.Roster;
import dev.baton.slice.Slice;
import dev.baton.slice.Transport;
import dev.baton.slice.Usage;
import dev.baton.slice.WorkerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One process's connection to one slice of the store. A call is under way, takes effect, and its answer is under way; either may be
/// lost or late, and a call whose process was killed or has given it up may take effect all the same.
final class SimulatedSlice implements Slice {

    private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(3);

    /// How much later than it should a call takes effect that was given up.
    private static final long STRAY_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final SimulatedProcess caller;
    private final Scheduler scheduler;
    private final Trace trace;
    private final SimulatedStore store;
    private final int number;
    private final SplittableRandom random;
    private final Delays delays;
    private final Trouble trouble;
    private final Set<Sent<?>> underWay = new LinkedHashSet<>();
    private long lastArrivalNanos;
    private long lastAnswerNanos;

    SimulatedSlice(
            SimulatedProcess caller,
            Scheduler scheduler,
            Trace trace,
            SimulatedStore store,
            int number,
            SplittableRandom random,
            Delays delays,
            Trouble trouble) {
        this.caller = caller;
        this.scheduler = scheduler;
        this.trace = trace;
        this.store = store;
        this.number = number;
        this.random = random;
        this.delays = delays;
        this.trouble = trouble;
    }

    /// A call between its sending and its answer.
    private static final class Sent<T> {
        final String what;
        final Function<Slice, CompletableFuture<T>> call;
        final CompletableFuture<T> answer = new CompletableFuture<>();
        boolean tookEffect;
        boolean lost;
        boolean answerLost;
        boolean unsent;
        long strayNanos;

        Sent(String what, Function<Slice, CompletableFuture<T>> call) {
            this.what = what;
            this.call = call;
        }
    }

    /// The connection breaks: everything under way fails, and may take effect or not.
    void cut() {
        trace.line(caller.name(), () -> "connection breaks, " + underWay.size() + " under way");
        for (Sent<?> sent : List.copyOf(underWay)) {
            stray(sent);
            fail(sent, "connection lost", random.nextLong(TimeUnit.MILLISECONDS.toNanos(2)));
        }
        lastArrivalNanos = 0;
        lastAnswerNanos = 0;
    }

    /// The process was paused: of what it was about to send, some is sent when it goes on.
    void paused() {
        underWay.forEach(sent -> sent.unsent = !sent.tookEffect && random.nextBoolean());
    }

    private void stray(Sent<?> sent) {
        sent.answerLost = true;
        if (!sent.tookEffect) {
            sent.lost = random.nextInt(3) == 0;
            sent.strayNanos = random.nextBoolean() ? random.nextLong(STRAY_NANOS) : 0;
        }
    }

    private <T> CompletableFuture<T> call(String what, Function<Slice, CompletableFuture<T>> call) {
        Sent<T> sent = new Sent<>(what, call);
        underWay.add(sent);
        long arrival = scheduler.nowNanos() + delays.next(random);
        if (!trouble.happens(random, trouble.overtakers)) {
            arrival = Math.max(arrival, lastArrivalNanos);
            lastArrivalNanos = arrival;
        }
        sent.lost = trouble.happens(random, trouble.lostCalls);
        sent.answerLost = trouble.happens(random, trouble.lostAnswers);
        if (trouble.happens(random, trouble.strayCalls)) {
            stray(sent);
        }
        if (sent.lost || sent.answerLost) {
            fail(sent, "no answer", random.nextLong(TIMEOUT_NANOS / 10));
        }
        scheduler.at(arrival, () -> arrive(sent));
        return sent.answer;
    }

    private <T> void arrive(Sent<T> sent) {
        if (sent.unsent && caller.paused()) {
            sent.unsent = false;
            caller.hand(() -> scheduler.after(delays.next(random), () -> arrive(sent)));
            return;
        }
        if (sent.lost) {
            trace.line(caller.name(), () -> sent.what + " is lost");
            return;
        }
        if (sent.strayNanos > 0) {
            long later = sent.strayNanos;
            sent.strayNanos = 0;
            scheduler.after(later, () -> arrive(sent));
            return;
        }
        if (store.frozen()) {
            fail(sent, "timed out", TIMEOUT_NANOS);
            store.whenThawed(() -> scheduler.after(delays.next(random) / 4, () -> arrive(sent)));
            return;
        }
        takeEffect(sent);
    }

    private <T> void takeEffect(Sent<T> sent) {
        sent.tookEffect = true;
        CompletableFuture<T> effect = store.apply(number, sent.call);
        trace.line(
                caller.name(),
                () ->
                        "slice "
                                + number
                                + ": "
                                + sent.what
                                + " -> "
                                + effect.handle(
                                                (reply, failure) ->
                                                        failure == null ? reply : failure)
                                        .join()
                                + (sent.answerLost ? ", answer lost" : ""));
        if (sent.answerLost) {
            return;
        }
        lastAnswerNanos = Math.max(lastAnswerNanos, scheduler.nowNanos() + delays.next(random));
        caller.at(
                lastAnswerNanos,
                () -> {
                    if (sent.answerLost) {
                        return;
                    }
                    underWay.remove(sent);
                    var _ =
                            effect.whenComplete(
                                    (reply, failure) -> {
                                        if (failure == null) {
                                            sent.answer.complete(reply);
                                        } else {
                                            sent.answer.completeExceptionally(failure);
                                        }
                                    });
                });
    }

    private void fail(Sent<?> sent, String why, long afterNanos) {
        caller.after(
                afterNanos,
                () -> {
                    underWay.remove(sent);
                    sent.answer.completeExceptionally(new IllegalStateException(why));
                });
    }

    @Override
    public Transport transport() {
        return store.transport();
    }

    @Override
    public CompletableFuture<Lead> lead() {
        return call("lead", Slice::lead);
    }

    @Override
    public CompletableFuture<Usage> usage(boolean bytes) {
        return call("usage", slice -> slice.usage(bytes));
    }

    @Override
    public CompletableFuture<Reply.ToClaim> claim(Claim claim) {
        return call(claim.toString(), slice -> slice.claim(claim));
    }

    @Override
    public CompletableFuture<Reply.ToRenew> renew(Leadership by, long beat) {
        return call("renew " + by.epoch(), slice -> slice.renew(by, beat));
    }

    @Override
    public CompletableFuture<Reply.ToConfirm> confirm(
            Leadership by, int replicas, Duration timeout) {
        return call("confirm " + by.epoch(), slice -> slice.confirm(by, replicas, timeout));
    }

    @Override
    public CompletableFuture<Reply.ToResign> resign(Leadership by) {
        return call("resign " + by.epoch(), slice -> slice.resign(by));
    }

    @Override
    public CompletableFuture<Reply.ToDispatch> dispatch(Leadership by, Batch batch) {
        String what =
                "dispatch " + by.epoch() + " from " + batch.expected() + " to " + batch.next();
        return call(what, slice -> slice.dispatch(by, batch));
    }

    @Override
    public CompletableFuture<Reply.ToSkip> skip(
            Leadership by, Position from, Position to, @Nullable Long count, String cause) {
        String what = "skip " + by.epoch() + " from " + from + " to " + to + " " + cause;
        return call(what, slice -> slice.skip(by, from, to, count, cause));
    }

    @Override
    public CompletableFuture<Roster> roster() {
        return call("roster", Slice::roster);
    }

    @Override
    public CompletableFuture<Reply.ToReassign> reassign(
            Leadership by, Roster.Seat lost, int maxCrashes, List<String> to) {
        List<String> lanes = new ArrayList<>(to);
        return call(
                "reassign " + by.epoch() + " " + lost + " to " + lanes,
                slice -> slice.reassign(by, lost, maxCrashes, lanes));
    }

    @Override
    public CompletableFuture<Reply.ToDeal> deal(Leadership by, List<String> to) {
        List<String> lanes = new ArrayList<>(to);
        return call("deal " + by.epoch() + " to " + lanes, slice -> slice.deal(by, lanes));
    }

    @Override
    public CompletableFuture<Reply.ToRetry> retry(Leadership by, List<String> to) {
        return call("retry " + by.epoch(), slice -> slice.retry(by, to));
    }

    @Override
    public CompletableFuture<Reply.Joined> join(
            String id,
            String incarnation,
            int capacity,
            int maxCrashes,
            Map<String, String> about) {
        return call(
                "join " + incarnation,
                slice -> slice.join(id, incarnation, capacity, maxCrashes, about));
    }

    @Override
    public CompletableFuture<Reply.ToBeat> beat(Membership by, long beat, WorkerState state) {
        return call(
                "beat " + by.incarnation() + " " + beat + " " + state,
                slice -> slice.beat(by, beat, state));
    }

    @Override
    public CompletableFuture<Reply.ToLeave> leave(Membership by) {
        return call("leave " + by.incarnation(), slice -> slice.leave(by));
    }

    @Override
    public CompletableFuture<Reply.ToCommit> commit(Membership by, Commit commit) {
        String what =
                "commit "
                        + by.incarnation()
                        + " head "
                        + commit.head()
                        + " finished "
                        + commit.finishes().size()
                        + " read from "
                        + commit.readFrom();
        return call(what, slice -> slice.commit(by, commit));
    }

    @Override
    public CompletableFuture<Long> trim(long maxEntries, Duration maxAge) {
        return call("trim", slice -> slice.trim(maxEntries, maxAge));
    }

    /// Waits on a connection of its own: it overtakes and holds up nothing.
    @Override
    public CompletableFuture<Boolean> awaitEntry(String worker, Duration timeout) {
        CompletableFuture<Boolean> present = new CompletableFuture<>();
        look(worker, scheduler.nowNanos() + timeout.toNanos(), present);
        return present;
    }

    /// In a group a wait takes effect, also of a worker that does not care any more, and its answer may be lost.
    private void giveEntry(String worker, CompletableFuture<Boolean> present) {
        var _ = store.apply(number, slice -> slice.awaitEntry(worker, Duration.ZERO));
        trace.line(caller.name(), () -> "slice " + number + ": is given an entry");
        boolean answerLost = trouble.happens(random, trouble.lostAnswers);
        caller.after(
                delays.next(random),
                () -> {
                    if (answerLost) {
                        present.completeExceptionally(new IllegalStateException("answer lost"));
                    } else {
                        present.complete(true);
                    }
                });
    }

    private void look(String worker, long untilNanos, CompletableFuture<Boolean> present) {
        boolean over = scheduler.nowNanos() >= untilNanos;
        boolean found = !store.frozen() && store.slice(number).holds(worker);
        if (found && transport() == Transport.GROUP) {
            giveEntry(worker, present);
        } else if (over || found) {
            caller.after(delays.next(random), () -> present.complete(found));
        } else if (caller.alive()) {
            scheduler.after(LOOK_NANOS, () -> look(worker, untilNanos, present));
        }
    }
}
