package dev.baton.worker;

import dev.baton.slice.Entry;
import dev.baton.slice.Finish;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The threads that process: one platform thread, or, for processors that wait, as many virtual ones as the settings
/// say. They take entries from the current windows of all slices in turn, one by one, and never touch the store. All are
/// daemons: a processor that never returns keeps no program from ending.
final class ProcessorThreads implements Crew, AutoCloseable {

    /// A busy thread has the duty look for something to commit this often.
    private static final long REPORT_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final String workerId;
    private final int concurrency;
    private final Processing processing;
    private final Runnable wake;
    private final List<Seat> seats = new CopyOnWriteArrayList<>();
    private final List<Seat> leftBehind = new CopyOnWriteArrayList<>();
    private final AtomicReferenceArray<@Nullable LaneWindow> windows;
    private volatile boolean closed;

    /// @param slices how many windows there are at most
    /// @param wake has the worker's duty called
    ProcessorThreads(
            String workerId, int slices, int concurrency, Processing processing, Runnable wake) {
        this.windows = new AtomicReferenceArray<>(slices);
        this.workerId = workerId;
        this.concurrency = concurrency;
        this.processing = processing;
        this.wake = wake;
    }

    void start() {
        for (int i = 0; i < concurrency; i++) {
            seats.add(new Seat(i));
        }
        seats.forEach(Seat::start);
    }

    /// The threads, as they serve one slice.
    Processors of(int slice) {
        return new Processors() {
            @Override
            public void workOn(@Nullable LaneWindow current) {
                ProcessorThreads.this.workOn(slice, current);
            }

            @Override
            public void entriesAdded() {
                wakeAll();
            }

            @Override
            public int leftBehind() {
                return ProcessorThreads.this.leftBehind();
            }
        };
    }

    @Override
    public boolean allBusy() {
        return seats.stream().allMatch(Seat::isBusy);
    }

    private void workOn(int slice, @Nullable LaneWindow current) {
        windows.set(slice, current);
        for (int i = 0; i < seats.size(); i++) {
            Seat seat = seats.get(i);
            if (seat.isLost()) {
                seat.leaveBehind();
                leftBehind.add(seat);
                Seat fresh = new Seat(i);
                seats.set(i, fresh);
                fresh.start();
            }
        }
    }

    /// Idle threads are not told apart from busy ones: waking a busy one costs next to nothing.
    private void wakeAll() {
        for (Seat seat : seats) {
            LockSupport.unpark(seat.thread);
        }
    }

    @Override
    public int leftBehind() {
        leftBehind.removeIf(seat -> !seat.thread.isAlive());
        return leftBehind.size();
    }

    /// Ends the threads; a processor that runs is interrupted, and what becomes of it has no effect.
    @Override
    public void close() {
        closed = true;
        seats.forEach(Seat::leaveBehind);
    }

    /// One thread and what it is at work on.
    private final class Seat {
        private final Thread thread;

        /// Where the entry in hand came from; null when idle or left behind. It is read anew when the entry is done, so
        /// that a processor that never returns holds on to its own entry and not to the whole window.
        private volatile @Nullable LaneWindow at;

        private volatile boolean leftBehind;

        /// Whose turn it is.
        private int next;

        Seat(int number) {
            var builder = concurrency == 1 ? Thread.ofPlatform().daemon() : Thread.ofVirtual();
            thread =
                    builder.name("baton-processor-" + workerId + "-" + number).unstarted(this::run);
        }

        void start() {
            thread.start();
        }

        boolean isBusy() {
            return at != null;
        }

        /// Whether it is at work on a window that is no more, or an error ended it there.
        boolean isLost() {
            LaneWindow busyAt = at;
            if (busyAt == null) {
                return false;
            }
            for (int slice = 0; slice < windows.length(); slice++) {
                if (windows.get(slice) == busyAt) {
                    return false;
                }
            }
            return true;
        }

        void leaveBehind() {
            leftBehind = true;
            at = null;
            thread.interrupt();
        }

        private void run() {
            long reportedNanos = System.nanoTime();
            boolean unreported = false;
            while (!closed && !leftBehind) {
                long ordinal = take();
                if (ordinal < 0) {
                    if (unreported) {
                        unreported = false;
                        wake.run();
                    }
                    rest();
                    continue;
                }
                process(ordinal);
                unreported = true;
                long now = System.nanoTime();
                if (now - reportedNanos >= REPORT_EVERY_NANOS) {
                    reportedNanos = now;
                    unreported = false;
                    wake.run();
                }
            }
        }

        private long take() {
            for (int tried = 0; tried < windows.length(); tried++) {
                LaneWindow current = windows.get(next);
                next = next + 1 < windows.length() ? next + 1 : 0;
                if (current != null && current.nextTaken() < current.added()) {
                    at = current;
                    long ordinal = current.take();
                    if (ordinal >= 0) {
                        return ordinal;
                    }
                }
            }
            if (at != null) {
                at = null;
            }
            return -1;
        }

        private void process(long ordinal) {
            LaneWindow from = at;
            if (from == null) {
                return;
            }
            Entry entry = from.entry(ordinal);
            long readMillis = from.readMillis(ordinal);
            from = null;
            // One processor's interrupt must not reach the next message.
            var _ = Thread.interrupted();
            Finish finish = processing.process(entry, readMillis);
            LaneWindow stillAt = at;
            if (stillAt != null) {
                stillAt.finish(ordinal, finish);
            }
        }

        private void rest() {
            // A processor may have left the thread interrupted, which would keep it from sleeping.
            if (!Thread.interrupted()) {
                LockSupport.park(this);
            }
        }
    }
}
