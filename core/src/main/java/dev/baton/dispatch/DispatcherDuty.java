package dev.baton.dispatch;

import dev.baton.Position;
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
import dev.baton.source.Control;
import dev.baton.source.Numbering;
import dev.baton.source.Source;
import dev.baton.source.Subscription;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The life of a dispatcher: subscribe, hear and retain everything, stand by, lead, and on any doubt about the subscription
/// hand over and start anew.
///
/// A leader whose subscription ended dispatches what it had heard, resigns, and only then subscribes again.
final class DispatcherDuty implements Duty {

    private static final Logger log = LoggerFactory.getLogger(DispatcherDuty.class);

    /// The number of the one slice there is.
    private static final int SLICE = 0;

    private static final int SLICES = 1;

    /// Beats that a candidate without coverage waits longer, so that one with coverage, which looks every beat, comes first.
    private static final int GRACE_BEATS = 3;

    private final DispatcherSettings settings;
    private final Source source;
    private final Slice slice;
    private final Supplier<String> randomId;
    private final RandomGenerator random;
    private final Executor blocking;
    private final Runnable wake;
    private final Counters counters;
    private final Calls calls;
    private final Health sourceHealth;
    private final long pipeline;
    private final Retained retained;
    private final Election election;
    private final Backoff backoff;
    private final Call<Lead> look;
    private final Call<Reply.ToClaim> claim;
    private final Call<Reply.ToResign> resignation;
    private final LaneChoice choice = LaneChoice.roundRobin();
    private @Nullable CompletableFuture<Subscription> subscribing;
    private @Nullable Hearing hearing;
    private @Nullable Leader leader;
    private long nextLookNanos;
    private long subscribedNanos;
    private long resubscribeAtNanos;
    private boolean handingOver;
    private @Nullable CompletableFuture<Long> farewell;
    private long farewellUntilNanos;
    private volatile boolean stopping;

    /// @param randomId names candidacies and generations
    /// @param blocking where subscribing, which blocks, is done
    /// @param wake has this duty called soon
    /// @param random spreads the waits between attempts, makes nonces
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
        this.random = random;
        this.blocking = blocking;
        this.wake = wake;
        this.counters = counters;
        String who = "dispatcher " + settings.id();
        this.calls = new Calls(new Health(who, settings.store().toString()), wake, random);
        this.backoff = calls.backoff();
        this.sourceHealth = new Health(who, settings.source() + " (subscription)");
        this.pipeline = Numbering.fingerprint(settings.listening(), settings.stream(), SLICES);
        this.retained =
                new Retained(
                        settings.maxRetainedBytes(),
                        settings.retention().toNanos(),
                        settings.overflow(),
                        settings.listening().several());
        this.election =
                new Election(settings.lease().toNanos(), GRACE_BEATS * settings.beat().toNanos());
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
            resignation.poll(nowNanos);
            return resignation.busy() ? Long.MAX_VALUE : 0;
        }
        if (farewell != null) {
            return takeLeave(farewell, nowNanos);
        }
        if (leader != null) {
            return lead(leader, nowNanos);
        }
        if (stopping && !claim.busy()) {
            return finish();
        }
        Hearing current = hearing;
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
        Subscription made;
        try {
            made = attempt.join();
        } catch (CompletionException | CancellationException failure) {
            sourceHealth.failed(failure);
            resubscribeAtNanos = nowNanos + backoff.nextNanos();
            return 0;
        }
        sourceHealth.succeeded();
        subscribedNanos = nowNanos;
        hearing =
                new Hearing(
                        settings.id(),
                        pipeline,
                        made,
                        retained,
                        counters,
                        random.nextLong(Long.MAX_VALUE / 2),
                        nowNanos);
        election.forget();
        nextLookNanos = nowNanos;
        return 0;
    }

    private long standBy(Hearing heard, long nowNanos) {
        heard.takeIn(nowNanos, control -> hearAsStandby(control, nowNanos));
        counters.retainedBytes = retained.bytes();
        String doubt = doubt(heard, nowNanos);
        if (doubt != null) {
            log.warn("dispatcher {}: {}; subscribing anew", settings.id(), doubt);
            loseSubscription(nowNanos);
            if (heard.disagreement() != null) {
                resubscribeAtNanos = nowNanos + settings.lease().toNanos();
            }
            return 0;
        }
        look.poll(nowNanos);
        claim.poll(nowNanos);
        if (leader != null || heard.holdsMore()) {
            return 0;
        }
        if (claim.busy()) {
            return settings.beat().toNanos();
        }
        if (!look.busy() && nowNanos - nextLookNanos >= 0) {
            nextLookNanos = nowNanos + settings.beat().toNanos();
            look.begin(slice::lead, (lead, answeredNanos) -> observe(lead, heard, answeredNanos));
        }
        long untilLook = look.busy() ? settings.beat().toNanos() : nextLookNanos - nowNanos;
        if (heard.doubtsUnnumbered()) {
            return Math.max(0, untilLook);
        }
        boolean covered = covered(heard);
        Lead claimable = election.claimable(covered, nowNanos);
        if (claimable != null) {
            beginClaim(claimable, heard, covered);
            return 0;
        }
        return Math.max(0, Math.min(untilLook, election.claimableInNanos(covered, nowNanos)));
    }

    /// Why the subscription cannot be gone on with, or null.
    private @Nullable String doubt(Hearing heard, long nowNanos) {
        if (heard.end() != null) {
            return "subscription ended (" + heard.end() + ")";
        }
        if (heard.disagreement() != null) {
            return "not in agreement with the leader: " + heard.disagreement();
        }
        long silence = election.movedNanos() - heard.controlHeardNanos();
        if (election.movedWithin(settings.lease().toNanos(), nowNanos)
                && silence > settings.lease().toNanos()) {
            return "nothing is heard on the control channel although somebody leads";
        }
        return null;
    }

    private void hearAsStandby(Control control, long nowNanos) {
        switch (control) {
            case Control.Mark mark -> election.heardOf(Integer.toUnsignedLong(mark.term()));
            case Control.Probe probe -> probe.led().forEach(led -> release(led, nowNanos));
            case Control.Resigned gone -> nextLookNanos = nowNanos;
        }
    }

    /// Releases what the leader calls safe, as far as the store has confirmed it to us, nobody else is believed, and as far
    /// as it is known what that is.
    private void release(Control.Led led, long nowNanos) {
        Lead seen = election.seen();
        if (led.slice() == SLICE && seen != null && seen.watermark() != null) {
            boolean beyond = led.safe().compareTo(seen.watermark()) > 0;
            Position safe = beyond ? seen.watermark() : led.safe();
            if (retained.places(safe)) {
                retained.release(safe, nowNanos);
            }
        }
    }

    /// Whether what follows the watermark is all here, numbered as whoever moved the watermark does. Where nobody ever led
    /// there is nothing to cover.
    private boolean covered(Hearing heard) {
        Lead seen = election.seen();
        Position watermark = seen == null ? null : seen.watermark();
        Position from = heard.coveredFrom();
        return watermark == null
                || (from != null && from.compareTo(watermark) <= 0 && retained.places(watermark));
    }

    /// What was published before this look may have been dispatched by whoever moved the lead.
    private void observe(Lead lead, Hearing heard, long nowNanos) {
        boolean moved = election.observe(lead, nowNanos);
        heard.doubtUnnumbered(moved && !lead.equals(Lead.NONE));
    }

    private void beginClaim(Lead seen, Hearing heard, boolean covered) {
        boolean forced = !covered || seen.watermark() == null;
        Position from = forced ? ownNumbers(seen, heard) : heard.coveredFrom();
        Claim candidacy =
                new Claim(
                        randomId.get(),
                        seen,
                        election.highestEpoch(),
                        from,
                        forced,
                        from,
                        SLICES,
                        randomId.get(),
                        seen.equals(Lead.NONE)
                                ? "the store was emptied"
                                : "nobody in sync listened");
        claim.begin(
                () -> slice.claim(candidacy),
                (reply, nowNanos) -> claimed(reply, seen, heard, nowNanos));
    }

    /// From where on a forced claim can dispatch what is kept under the numbers it has here, or null. If these cannot be
    /// told from those that were dispatched, all that was heard before our first mark will be declared.
    private @Nullable Position ownNumbers(Lead seen, Hearing heard) {
        Position watermark = seen.watermark();
        Position floor = retained.floor();
        boolean some = heard.numbering().numbered() || retained.holdsFormer();
        boolean told =
                watermark == null || floor.compareTo(watermark) > 0 || retained.places(watermark);
        return some && told ? floor : null;
    }

    private void claimed(Reply.ToClaim reply, Lead seen, Hearing heard, long nowNanos) {
        election.forget();
        look.cancel();
        nextLookNanos = nowNanos;
        switch (reply) {
            case Reply.Granted granted -> beginToLead(granted, seen, heard, nowNanos);
            case Reply.Lost lost -> log.debug("somebody else was first");
            case Reply.Uncovered uncovered -> log.debug("not covered");
            case Reply.OtherSlices other ->
                    throw new IllegalStateException(
                            "the pipeline has "
                                    + other.slices()
                                    + " slices, this dispatcher was started with "
                                    + SLICES);
        }
    }

    private void beginToLead(Reply.Granted granted, Lead seen, Hearing heard, long nowNanos) {
        Leadership leadership = granted.leadership();
        election.heardOf(leadership.epoch());
        log.info(
                "dispatcher {} leads {} in epoch {} from {}",
                settings.id(),
                settings.stream(),
                leadership.epoch(),
                granted.watermark());
        if (granted.gapFrom() != null) {
            log.warn(
                    "what was published between {} and {} may be lost; declared as a gap",
                    granted.gapFrom(),
                    granted.watermark());
        }
        boolean alone = !heard.numbering().numbered();
        if (alone && unmoved(granted, seen)) {
            heard.begin((int) leadership.epoch());
        }
        boolean lost = !retained.places(granted.watermark());
        if (lost) {
            heard.declareUntilMark(granted.watermark(), (int) leadership.epoch());
        }
        Voice voice =
                new Voice(
                        heard,
                        pipeline,
                        SLICE,
                        leadership,
                        random,
                        settings.markInterval().toNanos(),
                        settings.beat().toNanos(),
                        nowNanos);
        leader =
                new Leader(
                        slice,
                        granted,
                        settings,
                        retained,
                        voice,
                        alone || lost,
                        choice,
                        calls,
                        counters,
                        nowNanos);
    }

    /// Whether nobody dispatched between our look and our claim. Otherwise that may be what we heard and could not number:
    /// it is forgotten at our first mark, and declared.
    private static boolean unmoved(Reply.Granted granted, Lead seen) {
        Position before = granted.gapFrom() == null ? granted.watermark() : granted.gapFrom();
        return seen.watermark() == null || seen.watermark().equals(before);
    }

    private long lead(Leader leading, long nowNanos) {
        Hearing heard = Objects.requireNonNull(hearing, "a leader hears");
        if (stopping) {
            heard.finish();
        }
        takeIn(leading, heard, nowNanos);
        long rest = leading.doWork(nowNanos, handingOver);
        if (leading.fenced()) {
            log.warn("dispatcher {}: somebody else leads now; standing by", settings.id());
            stopLeading(nowNanos);
            return 0;
        }
        if (handingOver && leading.flushed()) {
            Leadership leadership = leading.leadership();
            resignation.begin(
                    () -> slice.resign(leadership),
                    (reply, answeredNanos) -> resigned(reply, heard, leadership, answeredNanos));
            return 0;
        }
        boolean allTaken = !handingOver && !heard.holdsMore();
        if (allTaken && leading.isDeaf(settings.lease().toNanos(), heard.heardNanos(), nowNanos)) {
            log.error(
                    "dispatcher {}: the server confirms what it publishes but no longer hands it to us; starting over",
                    settings.id());
            heard.finish();
        }
        return heard.holdsMore() ? 0 : rest;
    }

    private void takeIn(Leader leading, Hearing heard, long nowNanos) {
        int taken =
                heard.takeIn(
                        nowNanos,
                        control -> {
                            if (control instanceof Control.Mark mark) {
                                election.heardOf(Integer.toUnsignedLong(mark.term()));
                            }
                            leading.hear(control, nowNanos);
                        });
        if (taken > 0) {
            leading.heard(taken, nowNanos);
        }
        if (heard.end() != null && !handingOver) {
            if (!stopping) {
                log.warn(
                        "dispatcher {}: subscription ended ({}); handing over what was heard, then subscribing anew",
                        settings.id(),
                        heard.end());
            }
            handingOver = true;
        }
    }

    /// Tells those who stand by, so that they need not wait for their next look.
    private void resigned(
            Reply.ToResign reply, Hearing heard, Leadership leadership, long nowNanos) {
        if (reply instanceof Reply.Fenced) {
            stopLeading(nowNanos);
            return;
        }
        farewell = heard.announce(new Control.Resigned(pipeline, SLICE, leadership.epoch()));
        var _ = farewell.whenComplete((receivers, failure) -> wake.run());
        farewellUntilNanos = nowNanos + settings.beat().toNanos();
    }

    private long takeLeave(CompletableFuture<Long> said, long nowNanos) {
        if (!said.isDone() && nowNanos - farewellUntilNanos < 0) {
            return farewellUntilNanos - nowNanos;
        }
        farewell = null;
        stopLeading(nowNanos);
        return 0;
    }

    private void stopLeading(long nowNanos) {
        leader = null;
        counters.epoch = 0;
        retained.forgetPlans();
        election.forget();
        nextLookNanos = nowNanos;
        if (hearing != null) {
            hearing.forgetDeclaration();
        }
        if (handingOver) {
            handingOver = false;
            loseSubscription(nowNanos);
        }
    }

    private void loseSubscription(long nowNanos) {
        Hearing lost = hearing;
        hearing = null;
        if (lost != null) {
            lost.close();
        }
        look.cancel();
        claim.cancel();
        if (nowNanos - subscribedNanos >= settings.lease().toNanos()) {
            backoff.reset();
        }
        resubscribeAtNanos = nowNanos + backoff.nextNanos();
    }

    private long finish() {
        Hearing last = hearing;
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
