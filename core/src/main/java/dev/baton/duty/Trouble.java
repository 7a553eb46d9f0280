package dev.baton.duty;

/// Says what goes wrong with calls of one kind. A server that does not answer is everybody's trouble and kept by the
/// shared [Health]; a refusal is that of these calls alone: others may succeed all the while. Not thread-safe.
public final class Trouble {

    private final Health health;
    private boolean refused;

    Trouble(Health health) {
        this.health = health;
    }

    /// A call failed, and is sent again.
    ///
    /// @param failure as a future gives it
    public void failed(RuntimeException failure) {
        if (!(failure.getCause() instanceof RefusedException refusal)) {
            health.failed(failure);
        } else if (!refused) {
            refused = true;
            health.refused(refusal);
        }
    }

    /// A call succeeded.
    public void succeeded() {
        health.succeeded();
        if (refused) {
            refused = false;
            health.accepted();
        }
    }

    /// Nothing is sent again.
    void forget() {
        refused = false;
    }
}
