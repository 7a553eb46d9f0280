package dev.baton.dispatch;

import dev.baton.duty.Duty;
import dev.baton.slice.Slice;
import dev.baton.source.Source;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// The real dispatcher's duty, to be stepped by a simulation.
public final class SimulatedDispatcher implements Duty {

    private final Counters counters = new Counters();
    private final DispatcherDuty duty;

    /// @param slices in the order of their numbers
    /// @param blocking has a source subscribe, later
    /// @param wake has this duty called soon
    public SimulatedDispatcher(
            DispatcherSettings settings,
            Source source,
            List<Slice> slices,
            Supplier<String> randomId,
            Executor blocking,
            Runnable wake,
            RandomGenerator random) {
        this.duty =
                new DispatcherDuty(
                        settings, source, slices, randomId, blocking, wake, random, counters);
    }

    @Override
    public long doWork(long nowNanos) {
        return duty.doWork(nowNanos);
    }

    /// Has it hand over and finish.
    public void stop() {
        duty.stop();
    }

    /// What it did so far.
    public DispatcherFigures figures() {
        return counters.figures();
    }
}
