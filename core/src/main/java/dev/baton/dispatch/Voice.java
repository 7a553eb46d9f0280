package dev.baton.dispatch;

import dev.baton.Position;
import dev.baton.slice.Leadership;
import dev.baton.source.Control;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A leader's voice on the control channel, and whether it hears itself: marks at a steady interval, probes at its beat.
///
/// What is published comes back through the leader's own subscription. A server that confirms a publication but does
/// not hand it to us has dropped us from its subscribers; a server that stands still confirms nothing. Only the first
/// is a reason to stop; in both cases the lease is not renewed until something comes back. Not thread-safe.
final class Voice {

    private static final long NOT_CONFIRMED = Long.MIN_VALUE;
    private static final int PATIENCE_WHILE_HEARING = 5;

    private final Hearing hearing;
    private final long pipeline;
    private final int slice;
    private final Leadership leadership;
    private final RandomGenerator random;
    private final long markNanos;
    private final long beatNanos;
    private long nextMarkNanos;
    private long heardSelfNanos;
    private @Nullable Echo awaited;
    private boolean firstMarkHeard;
    private long confirmedNanos;

    /// A probe whose return is waited for.
    private record Echo(long nonce, CompletableFuture<Long> confirmed) {}

    Voice(
            Hearing hearing,
            long pipeline,
            int slice,
            Leadership leadership,
            RandomGenerator random,
            long markNanos,
            long beatNanos,
            long nowNanos) {
        this.hearing = hearing;
        this.pipeline = pipeline;
        this.slice = slice;
        this.leadership = leadership;
        this.random = random;
        this.markNanos = markNanos;
        this.beatNanos = beatNanos;
        this.nextMarkNanos = nowNanos;
        this.heardSelfNanos = nowNanos;
    }

    /// Publishes a mark when one is due. Returns in how many nanoseconds the next one is.
    long mark(long nowNanos) {
        if (nowNanos - nextMarkNanos >= 0) {
            nextMarkNanos = nowNanos + markNanos;
            Control.Mark mark =
                    hearing.numbering().nextMark((int) leadership.epoch(), random.nextLong());
            var _ = hearing.announce(mark);
        }
        return nextMarkNanos - nowNanos;
    }

    /// Publishes a probe, unless the one before may still come back.
    void probe(Position safe, long nowNanos) {
        if (awaited == null || awaited.confirmed().isCompletedExceptionally()) {
            Control.Probe probe = newProbe(safe);
            awaited = new Echo(probe.nonce(), hearing.announce(probe));
            confirmedNanos = NOT_CONFIRMED;
        }
    }

    /// Publishes a probe that cannot come back, for those who stand by: without it they would take the silence of a
    /// leader that brings in what it had heard for a fault of their own subscriptions.
    void lastWords(Position safe) {
        var _ = hearing.announce(newProbe(safe));
    }

    private Control.Probe newProbe(Position safe) {
        return new Control.Probe(
                pipeline,
                random.nextLong(),
                List.of(new Control.Led(slice, leadership.epoch(), safe)));
    }

    /// Something was heard on the control channel.
    void hear(Control control, long nowNanos) {
        switch (control) {
            case Control.Probe probe -> {
                if (awaited != null && awaited.nonce() == probe.nonce()) {
                    awaited = null;
                    heardSelfNanos = nowNanos;
                }
            }
            case Control.Mark mark ->
                    firstMarkHeard |= Integer.toUnsignedLong(mark.term()) >= leadership.epoch();
            case Control.Resigned gone -> {}
        }
    }

    /// Whether a mark of our term was heard: from there on all who listen number alike. Which of ours it was matters not:
    /// they may be published faster than they come back.
    boolean firstMarkHeard() {
        return firstMarkHeard;
    }

    /// Whether something of ours came back of late, so that the lease may be renewed.
    boolean hearsItself(long nowNanos) {
        return nowNanos - heardSelfNanos <= 2 * beatNanos;
    }

    /// Whether the server confirmed a probe that does not come back. While other things are heard it may be behind them,
    /// large ones perhaps, so that takes much longer to be believed than silence.
    ///
    /// @param patienceNanos how long it may be on its way from the server to us through silence
    /// @param heardNanos when something was last heard
    boolean isDeaf(long patienceNanos, long heardNanos, long nowNanos) {
        if (awaited == null
                || !awaited.confirmed().isDone()
                || awaited.confirmed().isCompletedExceptionally()) {
            return false;
        }
        if (confirmedNanos == NOT_CONFIRMED) {
            confirmedNanos = nowNanos;
        }
        boolean silent = nowNanos - heardNanos >= patienceNanos;
        long waited = nowNanos - confirmedNanos;
        return waited >= (silent ? patienceNanos : PATIENCE_WHILE_HEARING * patienceNanos);
    }
}
