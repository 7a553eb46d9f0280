package dev.baton.duty;

import org.jspecify.annotations.Nullable;

/// What one line of calls has to tell [Health]. A refusal is the line's own trouble: others may succeed all the while, so it
/// is said when it begins, when its reason changes and when it ends. Not thread-safe.
public final class Trouble {

    private final Health health;
    private @Nullable RefusedException refusal;

    Trouble(Health health) {
        this.health = health;
    }

    /// A call failed.
    public void failed(RuntimeException failure) {
        if (!(failure.getCause() instanceof RefusedException refused)) {
            health.failed(failure);
            return;
        }
        RefusedException before = refusal;
        if (before == null || before.notYet() != refused.notYet()) {
            forget();
            refusal = refused;
            health.refused(refused);
        }
    }

    /// A call succeeded.
    public void succeeded() {
        health.succeeded();
        RefusedException before = refusal;
        refusal = null;
        if (before != null) {
            health.accepted(before);
        }
    }

    /// Nobody waits for the call any more.
    public void forget() {
        RefusedException before = refusal;
        refusal = null;
        if (before != null) {
            health.forgotten(before);
        }
    }
}
