package dev.baton.worker;

import dev.baton.slice.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The threads that process: one platform thread, or, for processors that wait, as many virtual ones as the settings
/// say. They take entries from the current window one by one and never touch the store.
final class ProcessorThreads implements Processors, AutoCloseable {

    /// A busy thread has the duty look for something to commit this often.
    private static final long REPORT_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Processing processing;
    private final Runnable wake;
    private final List<Thread> threads = new ArrayList<>();
    private volatile @Nullable LaneWindow window;
    private volatile boolean closed;

    /// @param wake has the worker's duty called
    ProcessorThreads(String workerId, int concurrency, Processing processing, Runnable wake) {
        this.processing = processing;
        this.wake = wake;
        for (int i = 0; i < concurrency; i++) {
            var builder = concurrency == 1 ? Thread.ofPlatform().daemon() : Thread.ofVirtual();
            threads.add(builder.name("baton-processor-" + workerId + "-" + i).unstarted(this::run));
        }
    }

    void start() {
        threads.forEach(Thread::start);
    }

    @Override
    public void workOn(@Nullable LaneWindow current) {
        window = current;
    }

    /// Idle threads are not told apart from busy ones: waking a busy one costs next to nothing.
    @Override
    public void entriesAdded() {
        threads.forEach(LockSupport::unpark);
    }

    private void run() {
        long reportedNanos = System.nanoTime();
        boolean unreported = false;
        while (!closed) {
            LaneWindow current = window;
            long ordinal = current == null ? -1 : current.take();
            if (current == null || ordinal < 0) {
                if (unreported) {
                    unreported = false;
                    wake.run();
                }
                // A processor may have left the thread interrupted, which would keep it from
                // sleeping.
                if (!Thread.interrupted()) {
                    LockSupport.park(this);
                }
                continue;
            }
            Entry entry = current.entry(ordinal);
            current.finish(ordinal, processing.process(entry));
            unreported = true;
            long now = System.nanoTime();
            if (now - reportedNanos >= REPORT_EVERY_NANOS) {
                reportedNanos = now;
                unreported = false;
                wake.run();
            }
        }
    }

    /// Ends the threads; a processor that runs is interrupted.
    @Override
    public void close() {
        closed = true;
        threads.forEach(Thread::interrupt);
    }
}
