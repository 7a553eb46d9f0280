package dev.baton.dispatch;

import dev.baton.Position;
import dev.baton.duty.Call;
import dev.baton.duty.Calls;
import dev.baton.slice.Leadership;
import dev.baton.slice.Reply;
import dev.baton.slice.Slice;
import dev.baton.source.Control;

/// A dispatcher while it leads: speaks on the control channel, dispatches what is retained, renews its lease, watches
/// the workers. Not thread-safe.
final class Leader {

    private final Slice slice;
    private final Leadership leadership;
    private final long beatNanos;
    private final boolean waitsForMark;
    private final Retained retained;
    private final Voice voice;
    private final WorkerWatch workers;
    private final Dispatching dispatching;
    private final Call<Reply.ToRenew> renewal;
    private final Counters counters;
    private long beat;
    private long nextBeatNanos;
    private boolean fenced;

    /// @param waitsForMark whether nobody else numbers like us before our first mark came back, or we do not know before
    ///     where the watermark lies
    Leader(
            Slice slice,
            Reply.Granted granted,
            DispatcherSettings settings,
            Retained retained,
            Voice voice,
            boolean waitsForMark,
            LaneChoice choice,
            Calls calls,
            Counters counters,
            long nowNanos) {
        this.slice = slice;
        this.leadership = granted.leadership();
        this.beatNanos = settings.beat().toNanos();
        this.retained = retained;
        this.voice = voice;
        this.waitsForMark = waitsForMark;
        this.counters = counters;
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

    /// So many messages were heard and retained.
    void heard(int messages, long nowNanos) {
        dispatching.heard(messages, nowNanos);
    }

    /// Something was heard on the control channel.
    void hear(Control control, long nowNanos) {
        voice.hear(control, nowNanos);
    }

    /// Whether somebody else leads now: nothing this leader writes has any effect any more.
    boolean fenced() {
        return fenced || dispatching.fenced() || workers.fenced();
    }

    /// Whether everything heard has been confirmed by the store.
    boolean flushed() {
        return dispatching.done();
    }

    /// Whether the server publishes what this leader says, but not to this leader.
    ///
    /// @param heardNanos when something was last heard
    boolean isDeaf(long patienceNanos, long heardNanos, long nowNanos) {
        return voice.isDeaf(patienceNanos, heardNanos, nowNanos);
    }

    /// Works. Returns in how many nanoseconds it wants to be called again.
    ///
    /// @param lastWords whether to send at once what there is, because nothing more will be heard
    long doWork(long nowNanos, boolean lastWords) {
        renewal.poll(nowNanos);
        if (nowNanos - nextBeatNanos >= 0) {
            nextBeatNanos = nowNanos + beatNanos;
            beat(lastWords, nowNanos);
        }
        long rest = Math.min(Math.max(0, nextBeatNanos - nowNanos), workers.doWork(nowNanos));
        if (!lastWords) {
            rest = Math.min(rest, voice.mark(nowNanos));
        }
        if (!waitsForMark || lastWords || voice.firstMarkHeard()) {
            rest = Math.min(rest, dispatching.doWork(nowNanos, lastWords));
        }
        if (retained.places(dispatching.confirmed())) {
            retained.release(dispatching.confirmed(), nowNanos);
        }
        counters.retainedBytes = retained.bytes();
        return rest;
    }

    /// A leader renews only while it hears itself, or until it has brought in what it had heard.
    private void beat(boolean lastWords, long nowNanos) {
        if (lastWords) {
            voice.lastWords(dispatching.confirmed());
        } else {
            Position end = retained.end();
            dispatching.settleQuiet(Position.atMark(end.term(), end.mark()));
            voice.probe(dispatching.confirmed(), nowNanos);
        }
        if (!renewal.busy() && (lastWords || voice.hearsItself(nowNanos))) {
            long next = ++beat;
            Position reached = dispatching.confirmed();
            renewal.begin(
                    () -> slice.renew(leadership, next),
                    (reply, answeredNanos) -> renewed(reply, reached, answeredNanos));
        }
    }

    /// @param reached what the store had confirmed when it was asked
    private void renewed(Reply.ToRenew reply, Position reached, long nowNanos) {
        switch (reply) {
            case Reply.Renewed renewed -> {
                dispatching.heardStoreTime(renewed.storeMillis(), nowNanos);
                dispatching.heardWatermark(renewed.watermark(), reached);
                workers.heardVersion(renewed.roster(), nowNanos);
            }
            case Reply.Fenced gone -> fenced = true;
        }
    }
}
