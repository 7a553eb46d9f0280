package dev.baton.dispatch;

import dev.baton.duty.Call;
import dev.baton.duty.Calls;
import dev.baton.slice.Leadership;
import dev.baton.slice.Reply;
import dev.baton.slice.Roster;
import dev.baton.slice.Slice;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Has the store move entries back into lanes whose time for another attempt has come. Not thread-safe.
///
/// Whether there are any is asked at each beat; the answer says when the next is due, so none waits for a whole beat
/// longer than it should, except the first.
final class Retries {

    private final Slice slice;
    private final Leadership leadership;
    private final WorkerWatch workers;
    private final long beatNanos;
    private final Call<Reply.ToRetry> call;
    private long nextNanos;
    private boolean fenced;

    Retries(
            Slice slice,
            Leadership leadership,
            WorkerWatch workers,
            long beatNanos,
            Calls calls,
            long nowNanos) {
        this.slice = slice;
        this.leadership = leadership;
        this.workers = workers;
        this.beatNanos = beatNanos;
        this.call = calls.line();
        this.nextNanos = nowNanos;
    }

    /// Whether the store said that somebody else leads.
    boolean fenced() {
        return fenced;
    }

    /// Works. Returns in how many nanoseconds it wants to be called again.
    long doWork(long nowNanos) {
        call.poll(nowNanos);
        if (!call.busy() && workers.ready() && nowNanos - nextNanos >= 0) {
            nextNanos = nowNanos + beatNanos;
            List<String> lanes = workers.live().stream().map(Roster.Seat::id).toList();
            call.begin(
                    () -> slice.retry(leadership, lanes),
                    (reply, answeredNanos) -> answered(reply, answeredNanos));
        }
        return call.busy() ? beatNanos : Math.max(0, nextNanos - nowNanos);
    }

    private void answered(Reply.ToRetry reply, long nowNanos) {
        switch (reply) {
            case Reply.Retried done -> {
                if (done.nextMillis() >= 0) {
                    long due = nowNanos + TimeUnit.MILLISECONDS.toNanos(done.nextMillis());
                    nextNanos = Math.min(nextNanos, due);
                }
            }
            case Reply.LanesClosed closed -> {
                workers.lookNow(nowNanos);
                nextNanos = nowNanos + beatNanos;
            }
            case Reply.Fenced gone -> fenced = true;
        }
    }
}
