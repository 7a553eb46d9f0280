package dev.baton.dispatch;

import dev.baton.Position;
import dev.baton.duty.Call;
import dev.baton.slice.Leadership;
import dev.baton.slice.Reply;
import dev.baton.slice.Slice;
import dev.baton.source.Control;
import org.jspecify.annotations.Nullable;

/// A dispatcher while it leads one slice: dispatches what is retained of it, renews its lease, watches its workers; of
/// slice 0, also publishes the marks. Not thread-safe.
final class Leader {

    private final Slice slice;
    private final int number;
    private final Leadership leadership;
    private final long beatNanos;
    private final Retained retained;
    private final Voice voice;
    private final @Nullable Marking marking;
    private final WorkerWatch workers;
    private final Retries retries;
    private final Dispatching dispatching;
    private final Call<Reply.ToRenew> renewal;
    private final Replicas replicas;
    private final Counters counters;
    private WaitsFor waitsFor;
    private long beat;
    private long nextBeatNanos;
    private long storeAliveNanos;
    private boolean fenced;
    private boolean outlived;

    /// What has to be known before anything is dispatched.
    enum WaitsFor {
        NOTHING,

        /// Our first mark: before it came back nobody else numbers like us, or we do not know before where the watermark lies.
        OUR_MARK,

        /// Where the watermark lies among the messages: its mark, or a later one, up to which all is declared then.
        A_PLACE
    }

    /// @param number of the slice
    /// @param marking null for any slice but 0
    Leader(
            Means means,
            Slice slice,
            int number,
            Reply.Granted granted,
            Voice voice,
            @Nullable Marking marking,
            WaitsFor waitsFor,
            LaneChoice choice,
            long nowNanos) {
        this.slice = slice;
        this.number = number;
        this.leadership = granted.leadership();
        this.beatNanos = means.beatNanos();
        this.retained = means.retained();
        this.voice = voice;
        this.marking = marking;
        this.waitsFor = waitsFor;
        this.counters = means.counters();
        this.workers =
                new WorkerWatch(
                        slice,
                        leadership,
                        beatNanos,
                        means.settings().workerTimeout().toNanos(),
                        means.calls(),
                        nowNanos);
        this.retries = new Retries(slice, leadership, workers, beatNanos, means.calls(), nowNanos);
        this.dispatching =
                new Dispatching(slice, number, granted, means, workers, choice, nowNanos);
        this.renewal = means.calls().line();
        this.replicas = new Replicas(means, slice, number, leadership);
        this.nextBeatNanos = nowNanos;
        this.storeAliveNanos = nowNanos;
    }

    Leadership leadership() {
        return leadership;
    }

    /// What others may know of it.
    Control.Led led() {
        return new Control.Led(number, leadership.epoch(), replicas.safe(dispatching.confirmed()));
    }

    /// So many messages were heard and retained, of all slices.
    void heard(int messages, long nowNanos) {
        dispatching.heard(messages, nowNanos);
    }

    /// A mark was heard.
    void hear(Control.Mark mark) {
        if (marking != null) {
            marking.hear(mark);
        }
    }

    /// A position is known, in any slice, that bears a later term than ours, or one of ours that we did not give. What we
    /// go on giving would lie before it.
    ///
    /// @param position where the slices end, or later, while their number is being changed: that is no reason
    void outlive(Position position) {
        outlived |= !dispatching.isAtEnd(position);
    }

    /// Whether the slice has to be claimed anew, with a later term.
    boolean outlived() {
        return outlived || (marking != null && marking.outlived());
    }

    /// Whether all of it is in the store up to where it ends.
    boolean isAtItsEnd() {
        return dispatching.isAtEnd(dispatching.confirmed());
    }

    /// Whether others number like us by now, or did all the time.
    boolean isHeard() {
        return marking == null || marking.firstMarkHeard();
    }

    /// Whether somebody else leads now: nothing this leader writes has any effect any more.
    boolean fenced() {
        return fenced
                || dispatching.fenced()
                || workers.fenced()
                || retries.fenced()
                || replicas.fenced();
    }

    /// Whether there is nothing left to do before it resigns.
    boolean mayGo(Leave leave) {
        return switch (leave) {
            case NOT -> false;
            case WITH_LAST_WORDS -> dispatching.done() || waitsFor == WaitsFor.A_PLACE;
            case AT_ONCE -> dispatching.idle();
        };
    }

    /// Works. Returns in how many nanoseconds it wants to be called again.
    long doWork(Leave leave, long nowNanos) {
        renewal.poll(nowNanos);
        replicas.poll(dispatching.confirmed(), nowNanos);
        boolean lastWords = leave == Leave.WITH_LAST_WORDS;
        if (nowNanos - nextBeatNanos >= 0) {
            nextBeatNanos = nowNanos + beatNanos;
            beat(leave, nowNanos);
        }
        long rest = Math.min(Math.max(0, nextBeatNanos - nowNanos), workers.doWork(nowNanos));
        rest = Math.min(rest, retries.doWork(nowNanos));
        if (marking != null && !lastWords && !outlived()) {
            rest = Math.min(rest, marking.mark(nowNanos));
        }
        if (isReady(lastWords)) {
            rest = Math.min(rest, dispatching.doWork(nowNanos, leave));
            if (leave == Leave.NOT) {
                dispatching.settleEnd(retained.end());
            }
        }
        Position confirmed = dispatching.confirmed();
        if (dispatching.isAtEnd(confirmed) || retained.places(confirmed)) {
            retained.stored(number, dispatching.orBeyondEnd(confirmed, retained.end()));
        }
        Position safe = replicas.safe(confirmed);
        if (dispatching.isAtEnd(safe) || retained.places(safe)) {
            safe = dispatching.orBeyondEnd(safe, retained.end());
            retained.release(number, safe, storeAliveNanos, nowNanos);
        }
        counters.retainedBytes = retained.bytes();
        return rest;
    }

    private boolean isReady(boolean lastWords) {
        return switch (waitsFor) {
            case NOTHING -> true;
            case OUR_MARK -> {
                if (isHeard()) {
                    waitsFor = WaitsFor.NOTHING;
                }
                yield lastWords || waitsFor == WaitsFor.NOTHING;
            }
            case A_PLACE -> findsPlace();
        };
    }

    private boolean findsPlace() {
        Position watermark = dispatching.confirmed();
        Position newest = retained.newestMark();
        if (!retained.places(watermark)) {
            if (newest == null || newest.compareTo(watermark) <= 0) {
                return false;
            }
            dispatching.giveUpUntil(newest);
        }
        waitsFor = WaitsFor.NOTHING;
        return true;
    }

    /// A leader renews only while it hears itself, or until it has brought in what it had heard.
    private void beat(Leave leave, long nowNanos) {
        boolean lastWords = leave == Leave.WITH_LAST_WORDS;
        if (leave == Leave.NOT && waitsFor != WaitsFor.A_PLACE) {
            Position end = retained.end();
            dispatching.settleQuiet(Position.atMark(end.term(), end.mark()));
        }
        replicas.ask(dispatching.confirmed());
        if (!renewal.busy() && (lastWords || voice.hearsItself(nowNanos))) {
            long next = ++beat;
            Position reached = dispatching.confirmed();
            renewal.begin(
                    () -> slice.renew(leadership, next),
                    (reply, answeredNanos) -> renewed(reply, reached, nowNanos, answeredNanos));
        }
    }

    /// @param reached what the store had confirmed when it was asked
    /// @param askedNanos when it was first asked: if it still has that much, it had it then
    private void renewed(Reply.ToRenew reply, Position reached, long askedNanos, long nowNanos) {
        switch (reply) {
            case Reply.Renewed renewed -> {
                dispatching.heardStoreTime(renewed.storeMillis(), nowNanos);
                dispatching.heardWatermark(renewed.watermark(), reached);
                dispatching.hold(renewed.paused());
                workers.heardVersion(renewed.roster(), nowNanos);
                dispatching.endsAt(renewed.ending().at());
                if (marking != null) {
                    marking.heard(renewed.ending(), nowNanos);
                }
                if (renewed.watermark().compareTo(reached) >= 0) {
                    storeAliveNanos = askedNanos;
                }
            }
            case Reply.Fenced gone -> fenced = true;
        }
    }
}
