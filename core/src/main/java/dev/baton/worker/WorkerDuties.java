package dev.baton.worker;

import dev.baton.duty.Duty;
import dev.baton.duty.RoleStoppedException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A worker's duties, one for each slice, stepped one after the other. When one has to stop, the others leave too; and all
/// do when no thread takes entries any more.
final class WorkerDuties implements Duty {

    private final List<WorkerDuty> all;
    private final List<WorkerDuty> running;
    private final Crew crew;
    private final TakeWatch takes;
    private final long processTimeoutNanos;
    private @Nullable RoleStoppedException stopping;

    /// @param all in the order of the slices' numbers
    /// @param crew who works for all of them
    WorkerDuties(WorkerSettings settings, List<WorkerDuty> all, Crew crew) {
        this.crew = crew;
        this.takes = new TakeWatch(settings.beat().toNanos());
        this.processTimeoutNanos = settings.processTimeout().toNanos();
        this.all = List.copyOf(all);
        this.running = new ArrayList<>(all);
    }

    /// As [WorkerDuty#quiet], in each slice.
    void quiet() {
        all.forEach(WorkerDuty::quiet);
    }

    /// As [WorkerDuty#giveUp], in each slice.
    void giveUp() {
        all.forEach(WorkerDuty::giveUp);
    }

    /// What was finished in all slices.
    WorkerFigures figures() {
        return all.stream()
                .map(WorkerDuty::figures)
                .reduce(new WorkerFigures(0, 0, 0, 0), WorkerFigures::plus);
    }

    @Override
    public long doWork(long nowNanos) {
        stopIfNobodyTakes(nowNanos);
        long rest = Long.MAX_VALUE;
        for (Iterator<WorkerDuty> each = running.iterator(); each.hasNext(); ) {
            long its = step(each.next(), nowNanos);
            if (its < 0) {
                each.remove();
            } else {
                rest = Math.min(rest, its);
            }
        }
        if (!running.isEmpty()) {
            return rest;
        }
        if (stopping != null) {
            throw stopping;
        }
        return -1;
    }

    /// Processors that never return use their threads up, virtual ones those of the whole program: what is in hand was
    /// not tried, so it goes back without a mark.
    private void stopIfNobodyTakes(long nowNanos) {
        boolean waiting = false;
        long taken = 0;
        for (WorkerDuty duty : running) {
            waiting |= duty.hasUntaken();
            taken += duty.nextTaken();
        }
        long stalledNanos = takes.look(waiting, crew.allBusy(), taken, nowNanos);
        if (stalledNanos >= processTimeoutNanos && stopping == null) {
            stopping =
                    new RoleStoppedException(
                            "no thread has taken an entry for "
                                    + TimeUnit.NANOSECONDS.toSeconds(stalledNanos)
                                    + " s; "
                                    + crew.leftBehind()
                                    + " are in processors that never returned; start the program anew");
            giveUp();
        }
    }

    private long step(WorkerDuty duty, long nowNanos) {
        try {
            return duty.doWork(nowNanos);
        } catch (RoleStoppedException e) {
            if (stopping == null) {
                stopping = e;
                giveUp();
            }
            return -1;
        }
    }
}
