package dev.baton.dispatch;

import dev.baton.source.Control;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A dispatcher's probes on the control channel, one at each beat for all slices it leads, and whether it hears itself.
///
/// What is published comes back through the dispatcher's own subscription. A server that confirms a publication but does
/// not hand it to us has dropped us from its subscribers; a server that stands still confirms nothing. Only the first
/// is a reason to stop; in both cases no lease is renewed until something comes back. Not thread-safe.
final class Voice {

    private static final long NOT_CONFIRMED = Long.MIN_VALUE;
    private static final int PATIENCE_WHILE_HEARING = 5;

    private final Hearing hearing;
    private final long pipeline;
    private final long self;
    private final RandomGenerator random;
    private final long beatNanos;
    private boolean speaks;
    private long nextProbeNanos;
    private long heardSelfNanos;
    private @Nullable Echo awaited;
    private long confirmedNanos;

    /// A probe whose return is waited for.
    private record Echo(long nonce, CompletableFuture<Long> confirmed) {}

    Voice(Hearing hearing, Means means) {
        this.hearing = hearing;
        this.pipeline = means.pipeline();
        this.self = means.self();
        this.random = means.random();
        this.beatNanos = means.beatNanos();
    }

    /// From now on there is something to say; until the first probe could be back it passes for heard.
    void begin(long nowNanos) {
        if (!speaks) {
            speaks = true;
            awaited = null;
            nextProbeNanos = nowNanos;
            heardSelfNanos = nowNanos;
        }
    }

    /// There is nothing to say any more.
    void end() {
        speaks = false;
    }

    /// Publishes a probe when one is due, unless the one before may still come back. Returns in how many nanoseconds it
    /// wants to be called again.
    ///
    /// @param led the slices this dispatcher leads
    /// @param lastWords whether it cannot come back. It is published for those who stand by: without it they would take the
    ///     silence of a leader that brings in what it had heard for a fault of their own subscriptions
    long probe(List<Control.Led> led, boolean lastWords, long nowNanos) {
        if (!speaks) {
            return Long.MAX_VALUE;
        }
        if (nowNanos - nextProbeNanos >= 0) {
            nextProbeNanos = nowNanos + beatNanos;
            if (lastWords) {
                var _ = hearing.announce(newProbe(led));
            } else if (awaited == null || awaited.confirmed().isCompletedExceptionally()) {
                Control.Probe probe = newProbe(led);
                awaited = new Echo(probe.nonce(), hearing.announce(probe));
                confirmedNanos = NOT_CONFIRMED;
            }
        }
        return nextProbeNanos - nowNanos;
    }

    private Control.Probe newProbe(List<Control.Led> led) {
        return new Control.Probe(pipeline, random.nextLong(), self, led);
    }

    /// A probe was heard.
    void hear(Control.Probe probe, long nowNanos) {
        if (awaited != null && awaited.nonce() == probe.nonce()) {
            awaited = null;
            heardSelfNanos = nowNanos;
        }
    }

    /// Whether something of ours came back of late, so that a lease may be renewed.
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
