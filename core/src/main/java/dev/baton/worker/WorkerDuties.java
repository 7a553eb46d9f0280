package dev.baton.worker;

import dev.baton.duty.Duty;
import dev.baton.duty.RoleStoppedException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A worker's duties, one for each slice, stepped one after the other. When one has to stop, the others leave too.
final class WorkerDuties implements Duty {

    private final List<WorkerDuty> all;
    private final List<WorkerDuty> running;
    private @Nullable RoleStoppedException stopping;

    /// @param all in the order of the slices' numbers
    WorkerDuties(List<WorkerDuty> all) {
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
                .reduce(new WorkerFigures(0, 0, 0), WorkerFigures::plus);
    }

    @Override
    public long doWork(long nowNanos) {
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
