package dev.baton.duty;

import org.jspecify.annotations.Nullable;

/// Wakes a duty that is made before the runner that will run it. Thread-safe.
public final class Waker implements Runnable {

    private volatile @Nullable DutyRunner runner;

    /// From now on wakes this runner's duty.
    ///
    /// @param target runs the duty that was given this waker
    public void aimAt(DutyRunner target) {
        runner = target;
    }

    /// Has the duty called soon; nothing happens before there is a runner.
    @Override
    public void run() {
        DutyRunner target = runner;
        if (target != null) {
            target.wake();
        }
    }
}
