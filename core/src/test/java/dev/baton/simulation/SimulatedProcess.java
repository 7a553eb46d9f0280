package dev.baton.simulation;

import dev.baton.duty.Duty;
import java.util.ArrayDeque;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One incarnation of a role: stepped as a `DutyRunner` would, until it is killed or has finished; while it is paused,
/// what reaches it queues up.
final class SimulatedProcess {

    private static final long MAX_PARK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /// A duty that wants to be called at once this often in a row is given a longer step, to save simulated steps.
    private static final int MAX_IMPATIENT_STEPS = 20;

    private static final long IMPATIENT_STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int LONGEST_STEP_NANOS = 200_000;

    private final String name;
    private final Scheduler scheduler;
    private final Trace trace;
    private final SplittableRandom random;
    private final long originNanos;
    private final ArrayDeque<Runnable> held = new ArrayDeque<>();
    private @Nullable Duty duty;
    private boolean paused;
    private boolean gone;
    private boolean woken;
    private boolean stepping;
    private long stepAtNanos = Long.MAX_VALUE;
    private int impatient;
    private int mostImpatient;

    /// @param originNanos what the process's monotonic clock shows when the world begins
    SimulatedProcess(
            String name,
            Scheduler scheduler,
            Trace trace,
            SplittableRandom random,
            long originNanos) {
        this.name = name;
        this.scheduler = scheduler;
        this.trace = trace;
        this.random = random;
        this.originNanos = originNanos;
    }

    void start(Duty its) {
        duty = its;
        trace.line(name, () -> "starts");
        stepAfter(random.nextInt(LONGEST_STEP_NANOS));
    }

    String name() {
        return name;
    }

    /// Neither killed nor finished.
    boolean alive() {
        return !gone;
    }

    boolean paused() {
        return paused;
    }

    /// How often in a row the duty wanted to be called at once without having been woken.
    int mostImpatient() {
        return mostImpatient;
    }

    /// Has the process do something later, if it still lives then.
    void after(long nanos, Runnable action) {
        scheduler.after(nanos, () -> hand(action));
    }

    /// Has the process do something at a time, if it still lives then.
    void at(long nanos, Runnable action) {
        scheduler.at(nanos, () -> hand(action));
    }

    /// Has the process do something now, or when it goes on.
    void hand(Runnable action) {
        if (paused) {
            held.add(action);
        } else if (!gone) {
            action.run();
        }
    }

    /// What a waker does: has the duty called soon.
    void wake() {
        woken = true;
        if (!stepping) {
            stepAfter(random.nextInt(LONGEST_STEP_NANOS));
        }
    }

    void kill() {
        trace.line(name, () -> "is killed");
        gone = true;
        held.clear();
        paused = false;
    }

    void pause() {
        trace.line(name, () -> "is paused");
        paused = true;
    }

    void goOn() {
        if (!paused) {
            return;
        }
        trace.line(name, () -> "goes on");
        paused = false;
        while (!held.isEmpty()) {
            after(random.nextInt(LONGEST_STEP_NANOS), held.remove());
        }
    }

    private void stepAfter(long nanos) {
        long at = scheduler.nowNanos() + nanos;
        if (at < stepAtNanos) {
            stepAtNanos = at;
            scheduler.at(at, () -> hand(() -> step(at)));
        }
    }

    private void step(long plannedNanos) {
        Duty its = duty;
        if (plannedNanos != stepAtNanos || its == null) {
            return;
        }
        stepAtNanos = Long.MAX_VALUE;
        woken = false;
        stepping = true;
        long rest;
        try {
            rest = its.doWork(originNanos + scheduler.nowNanos());
        } catch (Violation violation) {
            throw violation;
        } catch (RuntimeException failure) {
            throw new Violation(Violation.Promise.UNFAILING, name + " failed: " + failure, failure);
        } finally {
            stepping = false;
        }
        if (rest < 0) {
            trace.line(name, () -> "has finished");
            gone = true;
        } else {
            stepAfter(untilNext(rest));
        }
    }

    private long untilNext(long rest) {
        if (woken || rest > 0) {
            impatient = 0;
            long most = woken ? 0 : Math.min(rest, MAX_PARK_NANOS);
            return most + random.nextInt(LONGEST_STEP_NANOS);
        }
        impatient++;
        mostImpatient = Math.max(mostImpatient, impatient);
        return impatient < MAX_IMPATIENT_STEPS
                ? random.nextInt(LONGEST_STEP_NANOS)
                : IMPATIENT_STEP_NANOS;
    }
}
