package dev.baton.dispatch;

import dev.baton.duty.Backoff;
import dev.baton.duty.Call;
import dev.baton.duty.Calls;
import dev.baton.duty.Duty;
import dev.baton.duty.Health;
import dev.baton.slice.Claim;
import dev.baton.slice.Lead;
import dev.baton.slice.Leadership;
import dev.baton.slice.Reply;
import dev.baton.slice.Slice;
import dev.baton.source.Heard;
import dev.baton.source.Source;
import dev.baton.source.Subscription;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The life of a dispatcher: subscribe, stand by, lead, and on any doubt about the subscription hand over and start anew.
///
/// A leader whose subscription ended dispatches what it had heard, resigns, and only then subscribes again.
final class DispatcherDuty implements Duty {

    private static final Logger log = LoggerFactory.getLogger(DispatcherDuty.class);

    /// Publications taken in one step, so that answers and beats are not kept waiting.
    private static final int MAX_HEARD_PER_STEP = 2_000;

    private static final String CAUSE = "takeover";

    private final DispatcherSettings settings;
    private final Source source;
    private final Slice slice;
    private final Supplier<String> randomId;
    private final Executor blocking;
    private final Runnable wake;
    private final Counters counters;
    private final Calls calls;
    private final Health sourceHealth;
    private final Election election;
    private final Backoff backoff;
    private final Call<Lead> look;
    private final Call<Reply.ToClaim> claim;
    private final Call<Reply.ToResign> resignation;
    private final LaneChoice choice = LaneChoice.roundRobin();
    private @Nullable CompletableFuture<Subscription> subscribing;
    private @Nullable Subscription subscription;
    private @Nullable Leader leader;
    private long nextLookNanos;
    private long resubscribeAtNanos;
    private boolean handingOver;
    private volatile boolean stopping;

    /// @param randomId names candidacies and generations
    /// @param blocking where subscribing, which blocks, is done
    /// @param wake has this duty called soon
    /// @param random spreads the waits between attempts
    DispatcherDuty(
            DispatcherSettings settings,
            Source source,
            Slice slice,
            Supplier<String> randomId,
            Executor blocking,
            Runnable wake,
            RandomGenerator random,
            Counters counters) {
        this.settings = settings;
        this.source = source;
        this.slice = slice;
        this.randomId = randomId;
        this.blocking = blocking;
        this.wake = wake;
        this.counters = counters;
        String who = "dispatcher " + settings.id();
        this.calls = new Calls(new Health(who, settings.store().toString()), wake, random);
        this.backoff = calls.backoff();
        this.sourceHealth = new Health(who, settings.source() + " (subscription)");
        this.election = new Election(settings.lease().toNanos());
        this.look = calls.line();
        this.claim = calls.line();
        this.resignation = calls.line();
    }

    /// Has the dispatcher flush, resign and finish.
    void stop() {
        stopping = true;
        wake.run();
    }

    @Override
    public long doWork(long nowNanos) {
        if (resignation.busy()) {
            return resign(nowNanos);
        }
        if (leader != null) {
            return lead(leader, nowNanos);
        }
        if (stopping) {
            return finish();
        }
        Subscription current = subscription;
        if (current == null) {
            return subscribe(nowNanos);
        }
        return standBy(current, nowNanos);
    }

    private long subscribe(long nowNanos) {
        CompletableFuture<Subscription> attempt = subscribing;
        if (attempt == null) {
            long rest = resubscribeAtNanos - nowNanos;
            if (rest > 0) {
                return rest;
            }
            attempt = CompletableFuture.supplyAsync(() -> source.subscribe(wake), blocking);
            subscribing = attempt;
            var _ = attempt.whenComplete((made, failure) -> wake.run());
        }
        if (!attempt.isDone()) {
            return Long.MAX_VALUE;
        }
        subscribing = null;
        try {
            subscription = attempt.join();
        } catch (CompletionException | CancellationException failure) {
            sourceHealth.failed(failure);
            resubscribeAtNanos = nowNanos + backoff.nextNanos();
            return 0;
        }
        sourceHealth.succeeded();
        backoff.reset();
        election.forget();
        nextLookNanos = nowNanos;
        return 0;
    }

    private long standBy(Subscription heard, long nowNanos) {
        for (int i = 0; i < MAX_HEARD_PER_STEP; i++) {
            Heard next = heard.poll();
            if (next == null) {
                break;
            }
            if (next instanceof Heard.Ended ended) {
                log.warn(
                        "dispatcher {}: subscription ended ({}); subscribing anew",
                        settings.id(),
                        ended.cause());
                loseSubscription(nowNanos);
                return 0;
            }
            counters.heard.increment();
        }
        look.poll(nowNanos);
        if (claim.poll(nowNanos) || claim.busy()) {
            return leader != null ? 0 : settings.beat().toNanos();
        }
        if (!look.busy() && nowNanos - nextLookNanos >= 0) {
            nextLookNanos = nowNanos + settings.beat().toNanos();
            look.begin(slice::lead, lead -> election.observe(lead, nowNanos));
        }
        Lead claimable = election.claimable(nowNanos);
        if (claimable != null) {
            beginClaim(claimable, nowNanos);
        }
        return Math.max(0, Math.min(nextLookNanos - nowNanos, election.claimableInNanos(nowNanos)));
    }

    private void beginClaim(Lead seen, long nowNanos) {
        Claim candidacy =
                new Claim(
                        randomId.get(),
                        seen,
                        election.highestEpoch(),
                        null,
                        true,
                        null,
                        1,
                        randomId.get(),
                        CAUSE);
        claim.begin(() -> slice.claim(candidacy), reply -> claimed(reply, nowNanos));
    }

    private void claimed(Reply.ToClaim reply, long nowNanos) {
        election.forget();
        nextLookNanos = nowNanos;
        switch (reply) {
            case Reply.Granted granted -> {
                log.info(
                        "dispatcher {} leads {} in epoch {}",
                        settings.id(),
                        settings.stream(),
                        granted.leadership().epoch());
                if (granted.gapFrom() != null) {
                    log.warn(
                            "what was published between {} and {} may be lost; declared as a gap",
                            granted.gapFrom(),
                            granted.watermark());
                }
                leader = new Leader(slice, granted, settings, choice, calls, counters, nowNanos);
            }
            case Reply.Lost lost -> log.debug("somebody else was first");
            case Reply.Uncovered uncovered -> log.debug("not covered");
            case Reply.OtherSlices other ->
                    throw new IllegalStateException(
                            "the pipeline has "
                                    + other.slices()
                                    + " slices, this dispatcher was started with 1");
        }
    }

    private long lead(Leader leading, long nowNanos) {
        Subscription heard = subscription;
        if (heard != null && !handingOver) {
            takeIn(leading, heard, nowNanos);
        }
        if (stopping && heard != null) {
            endHearing(leading, heard, nowNanos);
        }
        long rest = leading.doWork(nowNanos, handingOver);
        if (leading.fenced()) {
            log.warn("dispatcher {}: somebody else leads now; standing by", settings.id());
            stopLeading(nowNanos);
            return 0;
        }
        if (handingOver && leading.flushed()) {
            Leadership leadership = leading.leadership();
            resignation.begin(() -> slice.resign(leadership), reply -> stopLeading(nowNanos));
            return 0;
        }
        return rest;
    }

    private void takeIn(Leader leading, Subscription heard, long nowNanos) {
        int taken = 0;
        Heard next = heard.poll();
        while (next instanceof Heard.Publication publication) {
            leading.hear(publication);
            taken++;
            next = taken < MAX_HEARD_PER_STEP ? heard.poll() : null;
        }
        if (taken > 0) {
            counters.heard.add(taken);
            leading.heard(taken, nowNanos);
            if (taken == MAX_HEARD_PER_STEP) {
                wake.run();
            }
        }
        if (leading.nearlyUsedUp()) {
            log.warn(
                    "dispatcher {}: this term's numbers are used up; beginning another",
                    settings.id());
            heard.close();
            handingOver = true;
        }
        if (next instanceof Heard.Ended ended) {
            if (!stopping) {
                log.warn(
                        "dispatcher {}: subscription ended ({}); handing over what was heard, then subscribing anew",
                        settings.id(),
                        ended.cause());
            }
            handingOver = true;
        }
    }

    /// Stops listening for good and takes in what was heard until then.
    private void endHearing(Leader leading, Subscription heard, long nowNanos) {
        heard.close();
        while (!handingOver) {
            takeIn(leading, heard, nowNanos);
        }
        subscription = null;
    }

    private long resign(long nowNanos) {
        resignation.poll(nowNanos);
        return resignation.busy() ? Long.MAX_VALUE : 0;
    }

    private void stopLeading(long nowNanos) {
        leader = null;
        counters.epoch = 0;
        counters.retainedBytes = 0;
        election.forget();
        nextLookNanos = nowNanos;
        if (handingOver) {
            handingOver = false;
            loseSubscription(nowNanos);
        }
    }

    private void loseSubscription(long nowNanos) {
        Subscription lost = subscription;
        subscription = null;
        if (lost != null) {
            lost.close();
        }
        look.cancel();
        claim.cancel();
        resubscribeAtNanos = nowNanos + backoff.nextNanos();
    }

    private long finish() {
        Subscription last = subscription;
        if (last != null) {
            last.close();
        }
        CompletableFuture<Subscription> attempt = subscribing;
        if (attempt != null) {
            var _ = attempt.thenAccept(Subscription::close);
        }
        return -1;
    }
}
