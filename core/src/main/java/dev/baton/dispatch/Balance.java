package dev.baton.dispatch;

import dev.baton.source.Control;
import org.jspecify.annotations.Nullable;

/// Has slices go, one at a time, from the dispatcher that leads most to the one that leads least, until nobody leads more
/// than an even share. Each goes in order, as when a dispatcher is stopped. Not thread-safe.
final class Balance {

    /// Beats in a row for which a dispatcher has too many before it gives one.
    private static final int PATIENCE_BEATS = 4;

    /// Beats after one was given before the next: its heir's probe has told of it by then.
    private static final int PAUSE_BEATS = 2;

    private final Peers peers;
    private final long self;
    private final int slices;
    private final long beatNanos;
    private long nextLookNanos;
    private boolean looked;
    private int beatsLeft = PATIENCE_BEATS;

    /// @param patienceNanos after so long without a probe a dispatcher is gone
    Balance(long self, int slices, long beatNanos, long patienceNanos) {
        this.peers = new Peers(patienceNanos);
        this.self = self;
        this.slices = slices;
        this.beatNanos = beatNanos;
    }

    void hear(Control.Probe probe, long nowNanos) {
        peers.hear(probe, nowNanos);
    }

    /// The subscription is over.
    void forget() {
        peers.forget();
        beatsLeft = PATIENCE_BEATS;
    }

    /// Looks once a beat. Returns who should be given a slice now, or null.
    ///
    /// @param led how many slices this dispatcher leads and keeps
    @Nullable Long heir(int led, long nowNanos) {
        if (slices == 1 || (looked && nowNanos - nextLookNanos < 0)) {
            return null;
        }
        looked = true;
        nextLookNanos = nowNanos + beatNanos;
        Long heir = peers.heir(self, led, slices, nowNanos);
        if (heir == null) {
            beatsLeft = Math.max(beatsLeft, PATIENCE_BEATS);
            return null;
        }
        if (--beatsLeft > 0) {
            return null;
        }
        beatsLeft = PAUSE_BEATS;
        return heir;
    }
}
