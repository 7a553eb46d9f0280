package dev.baton.dispatch;

import dev.baton.Position;
import dev.baton.duty.Call;
import dev.baton.duty.Calls;
import dev.baton.slice.Leadership;
import dev.baton.slice.Reply;
import dev.baton.slice.Slice;
import dev.baton.source.Heard;
import dev.baton.source.Numbering;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A dispatcher while it leads: numbers and retains what it hears, dispatches it, renews its lease, watches the workers.
/// Not thread-safe.
final class Leader {

    private static final Logger log = LoggerFactory.getLogger(Leader.class);

    private final Slice slice;
    private final Leadership leadership;
    private final long beatNanos;
    private final boolean several;
    private final Numbering numbering;
    private final Retained retained;
    private final WorkerWatch workers;
    private final Dispatching dispatching;
    private final Call<Reply.ToRenew> renewal;
    private final Counters counters;
    private long beat;
    private long nextBeatNanos;
    private boolean shedding;
    private boolean fenced;

    Leader(
            Slice slice,
            Reply.Granted granted,
            DispatcherSettings settings,
            LaneChoice choice,
            Calls calls,
            Counters counters,
            long nowNanos) {
        this.slice = slice;
        this.leadership = granted.leadership();
        this.beatNanos = settings.beat().toNanos();
        this.several = settings.listening().several();
        this.counters = counters;
        this.numbering = Numbering.from(granted.watermark());
        this.retained = new Retained(granted.watermark(), settings.maxRetainedBytes(), several);
        this.workers =
                new WorkerWatch(
                        slice,
                        leadership,
                        beatNanos,
                        settings.workerTimeout().toNanos(),
                        calls,
                        nowNanos);
        this.dispatching =
                new Dispatching(
                        slice, granted, settings, retained, workers, choice, calls, counters,
                        nowNanos);
        this.renewal = calls.line();
        this.nextBeatNanos = nowNanos;
        counters.epoch = leadership.epoch();
    }

    Leadership leadership() {
        return leadership;
    }

    /// Takes in one publication.
    void hear(Heard.Publication heard) {
        Position position = numbering.number();
        boolean kept = retained.append(heard.channel(), heard.payload());
        if (!kept && !shedding) {
            log.warn(
                    "the buffer is full at {}: newer messages are shed and will be declared as a gap",
                    position);
        }
        shedding = !kept;
    }

    /// Whether the term's numbers are nearly used up: time to hand over, so that a new term begins.
    boolean nearlyUsedUp() {
        return numbering.nearlyUsedUp();
    }

    /// So many publications were taken in.
    void heard(int messages, long nowNanos) {
        dispatching.heard(messages, nowNanos);
    }

    /// Whether somebody else leads now: nothing this leader writes has any effect any more.
    boolean fenced() {
        return fenced || dispatching.fenced() || workers.fenced();
    }

    /// Whether everything heard has been confirmed by the store.
    boolean flushed() {
        return dispatching.done();
    }

    /// Works. Returns in how many nanoseconds it wants to be called again.
    ///
    /// @param flush whether to send at once what there is, because nothing more will come
    long doWork(long nowNanos, boolean flush) {
        renewal.poll(nowNanos);
        if (!renewal.busy() && nowNanos - nextBeatNanos >= 0) {
            nextBeatNanos = nowNanos + beatNanos;
            long next = ++beat;
            renewal.begin(() -> slice.renew(leadership, next), reply -> renewed(reply, nowNanos));
        }
        long rest = Math.min(Math.max(0, nextBeatNanos - nowNanos), workers.doWork(nowNanos));
        rest = Math.min(rest, dispatching.doWork(nowNanos, flush));
        counters.retainedBytes = retained.bytes();
        return rest;
    }

    private void renewed(Reply.ToRenew reply, long nowNanos) {
        switch (reply) {
            case Reply.Renewed renewed -> {
                dispatching.heardStoreTime(renewed.storeMillis(), nowNanos);
                workers.heardVersion(renewed.roster(), nowNanos);
            }
            case Reply.Fenced gone -> fenced = true;
        }
    }
}
