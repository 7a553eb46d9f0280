package dev.baton.dispatch;

import dev.baton.duty.Backoff;
import dev.baton.duty.Calls;
import dev.baton.duty.Duty;
import dev.baton.duty.Health;
import dev.baton.slice.Handover;
import dev.baton.slice.Slice;
import dev.baton.source.Control;
import dev.baton.source.Numbering;
import dev.baton.source.Source;
import dev.baton.source.Subscription;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The life of a dispatcher: subscribe, hear and retain everything, stand by or lead in each slice, and on any doubt about
/// the subscription hand over everything and start anew.
///
/// A leader whose subscription ended dispatches what it had heard, resigns, and only then subscribes again.
final class DispatcherDuty implements Duty {

    private static final Logger log = LoggerFactory.getLogger(DispatcherDuty.class);

    /// Who leads nothing has nothing to send: while messages come, they are taken in this often.
    private static final long NAP_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Means means;
    private final DispatcherSettings settings;
    private final Source source;
    private final Executor blocking;
    private final Runnable wake;
    private final Health sourceHealth;
    private final Roles roles;
    private final Balance balance;
    private final Backoff backoff;
    private @Nullable CompletableFuture<Subscription> subscribing;
    private @Nullable Hearing hearing;
    private @Nullable Voice voice;
    private Leave leave = Leave.NOT;
    private long subscribedNanos;
    private long resubscribeAtNanos;
    private volatile boolean stopping;
    private volatile boolean napping;

    /// As the other, where the number of slices is not being changed.
    DispatcherDuty(
            DispatcherSettings settings,
            Source source,
            List<Slice> slices,
            Supplier<String> randomId,
            Executor blocking,
            Runnable wake,
            RandomGenerator random,
            Counters counters) {
        this(settings, source, slices, null, randomId, blocking, wake, random, counters);
    }

    /// @param slices in the order of their numbers
    /// @param former slice 0 of another number of slices, which becomes ours; else null
    /// @param randomId names candidacies and generations
    /// @param blocking where subscribing, which blocks, is done
    /// @param wake has this duty called soon
    /// @param random spreads the waits between attempts, makes nonces
    DispatcherDuty(
            DispatcherSettings settings,
            Source source,
            List<Slice> slices,
            @Nullable Handover former,
            Supplier<String> randomId,
            Executor blocking,
            Runnable wake,
            RandomGenerator random,
            Counters counters) {
        this.settings = settings;
        this.source = source;
        this.blocking = blocking;
        this.wake = wake;
        String who = "dispatcher " + settings.id();
        Calls calls = new Calls(new Health(who, settings.store().toString()), wake, random);
        this.means =
                new Means(
                        settings,
                        Numbering.fingerprint(
                                settings.listening(), settings.stream(), settings.slices()),
                        1 + random.nextLong(Long.MAX_VALUE - 1),
                        new Retained(
                                settings.maxRetainedBytes(),
                                settings.retention().toNanos(),
                                settings.overflow(),
                                settings.listening().several(),
                                settings.slices()),
                        calls,
                        randomId,
                        random,
                        counters);
        this.backoff = calls.backoff();
        this.sourceHealth = new Health(who, settings.source() + " (subscription)");
        this.roles = new Roles(means, slices, former);
        this.balance =
                new Balance(means.self(), settings.slices(), means.beatNanos(), means.leaseNanos());
    }

    /// What is heard is looked at anyway before long, so it need not wake anybody.
    private void wakeToHear() {
        if (!napping) {
            wake.run();
        }
    }

    /// Has the dispatcher flush, resign and finish.
    void stop() {
        stopping = true;
        wake.run();
    }

    @Override
    public long doWork(long nowNanos) {
        napping = false;
        long rest = step(nowNanos);
        napping =
                rest > 0
                        && rest <= NAP_NANOS
                        && (!roles.lead() || rest <= settings.linger().toNanos());
        return rest;
    }

    private long step(long nowNanos) {
        Hearing heard = hearing;
        Voice speaks = voice;
        if (heard == null || speaks == null) {
            return stopping ? finish() : subscribe(nowNanos);
        }
        if (stopping) {
            if (!roles.lead() && !roles.claim()) {
                return finish();
            }
            if (roles.lead()) {
                heard.finish();
            }
        }
        return hear(heard, speaks, nowNanos);
    }

    private long subscribe(long nowNanos) {
        CompletableFuture<Subscription> attempt = subscribing;
        if (attempt == null) {
            long rest = resubscribeAtNanos - nowNanos;
            if (rest > 0) {
                return rest;
            }
            attempt =
                    CompletableFuture.supplyAsync(
                            () -> source.subscribe(this::wakeToHear), blocking);
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
        Hearing heard =
                new Hearing(
                        means,
                        made,
                        means.random().nextLong(Long.MAX_VALUE / 2),
                        roles.first().election()::newestEpoch,
                        nowNanos);
        hearing = heard;
        voice = new Voice(heard, means);
        roles.begin(heard, nowNanos);
        return 0;
    }

    private long hear(Hearing heard, Voice speaks, long nowNanos) {
        int taken = heard.takeIn(nowNanos, control -> hear(control, speaks, nowNanos));
        if (taken > 0) {
            roles.heard(taken, nowNanos);
        }
        if (!roles.lead()) {
            String doubt = doubt(heard, nowNanos);
            if (doubt != null) {
                log.warn("dispatcher {}: {}; subscribing anew", settings.id(), doubt);
                loseSubscription(heard, nowNanos);
                return 0;
            }
        } else if (leave == Leave.NOT) {
            leave = whetherToLeave(heard, nowNanos);
        }
        boolean claimsMore = leave == Leave.NOT && !stopping;
        long rest = roles.doWork(heard, speaks, leave, claimsMore, nowNanos);
        if (leave != Leave.NOT && !roles.lead()) {
            loseSubscription(heard, nowNanos);
            return 0;
        }
        roles.sayWhetherInSync(heard);
        rest = Math.min(rest, speak(heard, speaks, nowNanos));
        share(nowNanos);
        finishIfDeaf(heard, speaks, nowNanos);
        if (heard.holdsMore()) {
            return 0;
        }
        return taken > 0 && !roles.lead() ? Math.min(rest, NAP_NANOS) : rest;
    }

    private void hear(Control control, Voice speaks, long nowNanos) {
        if (control instanceof Control.Probe probe) {
            speaks.hear(probe, nowNanos);
            balance.hear(probe, nowNanos);
        }
        roles.hear(control, nowNanos);
    }

    /// Why the subscription cannot be gone on with, or null.
    private @Nullable String doubt(Hearing heard, long nowNanos) {
        if (heard.end() != null) {
            return "subscription ended (" + heard.end() + ")";
        }
        if (heard.disagreement() != null) {
            return "not in agreement with the leader: " + heard.disagreement();
        }
        return isCutOff(heard, nowNanos)
                ? "nothing is heard on the control channel although somebody leads"
                : null;
    }

    private boolean isCutOff(Hearing heard, long nowNanos) {
        Election marks = roles.first().election();
        long silence = marks.movedNanos() - heard.controlHeardNanos();
        return marks.movedWithin(means.leaseNanos(), nowNanos) && silence > means.leaseNanos();
    }

    /// Only who leads slice 0 needs nobody to agree with.
    private Leave whetherToLeave(Hearing heard, long nowNanos) {
        String end = heard.end();
        if (end != null) {
            if (stopping) {
                return Leave.WITH_LAST_WORDS;
            }
            log.warn(
                    "dispatcher {}: subscription ended ({}); handing over what was heard, then subscribing anew",
                    settings.id(),
                    end);
            roles.cancel();
            return Leave.WITH_LAST_WORDS;
        }
        String doubt = roles.first().leader() == null ? doubt(heard, nowNanos) : null;
        if (doubt != null) {
            log.error(
                    "dispatcher {}: {}; giving up what it leads, then subscribing anew",
                    settings.id(),
                    doubt);
            roles.cancel();
            return Leave.AT_ONCE;
        }
        return Leave.NOT;
    }

    /// Where there are slices to share out, one that could lead says so too.
    private long speak(Hearing heard, Voice speaks, long nowNanos) {
        boolean couldLead =
                settings.slices() > 1 && leave == Leave.NOT && heard.coveredFrom() != null;
        if (roles.lead() || couldLead) {
            speaks.begin(nowNanos);
        } else {
            speaks.end();
        }
        return speaks.probe(roles.ledNow(), leave == Leave.WITH_LAST_WORDS, nowNanos);
    }

    private void share(long nowNanos) {
        if (leave == Leave.NOT && !stopping && roles.lead()) {
            Long heir = balance.heir(roles.kept(), nowNanos);
            if (heir != null) {
                roles.giveOneTo(heir);
            }
        }
    }

    private void finishIfDeaf(Hearing heard, Voice speaks, long nowNanos) {
        boolean allTaken = leave == Leave.NOT && !heard.holdsMore();
        if (allTaken
                && roles.lead()
                && speaks.isDeaf(means.leaseNanos(), heard.heardNanos(), nowNanos)) {
            log.error(
                    "dispatcher {}: the server confirms what it publishes but no longer hands it to us; starting over",
                    settings.id());
            heard.finish();
        }
    }

    private void loseSubscription(Hearing lost, long nowNanos) {
        hearing = null;
        voice = null;
        leave = Leave.NOT;
        lost.close();
        roles.cancel();
        balance.forget();
        if (nowNanos - subscribedNanos >= means.leaseNanos()) {
            backoff.reset();
        }
        resubscribeAtNanos =
                nowNanos + (lost.disagreement() == null ? backoff.nextNanos() : means.leaseNanos());
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
