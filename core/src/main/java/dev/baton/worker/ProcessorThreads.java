package dev.baton.worker;

import dev.baton.slice.Entry;
import dev.baton.slice.Finish;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The threads that process: one platform thread, or, for processors that wait, as many virtual ones as the settings
/// say. They take entries from the current window one by one and never touch the store. All are daemons: a processor
/// that never returns keeps no program from ending.
final class ProcessorThreads implements Processors, AutoCloseable {

    /// A busy thread has the duty look for something to commit this often.
    private static final long REPORT_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final String workerId;
    private final int concurrency;
    private final Processing processing;
    private final Runnable wake;
    private final List<Seat> seats = new CopyOnWriteArrayList<>();
    private final List<Seat> leftBehind = new CopyOnWriteArrayList<>();
    private volatile @Nullable LaneWindow window;
    private volatile boolean closed;

    /// @param wake has the worker's duty called
    ProcessorThreads(String workerId, int concurrency, Processing processing, Runnable wake) {
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

    @Override
    public void workOn(@Nullable LaneWindow current) {
        window = current;
        for (int i = 0; i < seats.size(); i++) {
            Seat seat = seats.get(i);
            if (seat.isLostTo(current)) {
                seat.leaveBehind();
                leftBehind.add(seat);
                Seat fresh = new Seat(i);
                seats.set(i, fresh);
                fresh.start();
            }
        }
    }

    /// Idle threads are not told apart from busy ones: waking a busy one costs next to nothing.
    @Override
    public void entriesAdded() {
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

        Seat(int number) {
            var builder = concurrency == 1 ? Thread.ofPlatform().daemon() : Thread.ofVirtual();
            thread =
                    builder.name("baton-processor-" + workerId + "-" + number).unstarted(this::run);
        }

        void start() {
            thread.start();
        }

        /// Whether it is at work on another window, or an error ended it there.
        boolean isLostTo(@Nullable LaneWindow current) {
            LaneWindow busyAt = at;
            return busyAt != null && busyAt != current;
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
            LaneWindow current = window;
            if (at != current) {
                at = current;
            }
            long ordinal = current == null ? -1 : current.take();
            if (ordinal < 0) {
                at = null;
            }
            return ordinal;
        }

        private void process(long ordinal) {
            LaneWindow from = at;
            if (from == null) {
                return;
            }
            Entry entry = from.entry(ordinal);
            from = null;
            // One processor's interrupt must not reach the next message.
            var _ = Thread.interrupted();
            Finish finish = processing.process(entry);
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
