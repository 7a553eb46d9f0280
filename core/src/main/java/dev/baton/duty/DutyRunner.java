package dev.baton.duty;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs one [Duty] on one thread of its own until the duty has finished or failed.
///
/// Thread-safe. An unexpected exception ends the duty: a role that no longer knows its own state stops, and whoever
/// watches it takes over.
public final class DutyRunner {

    private static final Logger log = LoggerFactory.getLogger(DutyRunner.class);

    /// Longest sleep without a look, in nanoseconds: a lost wake-up costs at most this much.
    private static final long MAX_PARK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Thread thread;
    private final AtomicBoolean woken = new AtomicBoolean();
    private volatile boolean abandoned;
    private final CompletableFuture<Void> finished = new CompletableFuture<>();

    /// @param name of the thread, as people see it in dumps and logs
    /// @param duty what to run
    public DutyRunner(String name, Duty duty) {
        this.thread = Thread.ofPlatform().name(name).unstarted(() -> run(name, duty));
    }

    /// Starts the thread; to be called once.
    public void start() {
        thread.start();
    }

    /// Has the duty called soon. May be called from any thread, event loops included; costs next to nothing when the
    /// duty is at work already.
    public void wake() {
        if (!woken.get() && woken.compareAndSet(false, true)) {
            LockSupport.unpark(thread);
        }
    }

    /// Completes when the duty has finished, exceptionally if it failed.
    public CompletableFuture<Void> finished() {
        return finished.copy();
    }

    /// Waits for the duty to finish.
    ///
    /// @return false if it had not finished in time
    public boolean awaitFinish(Duration timeout) throws InterruptedException {
        try {
            finished.handle((done, failure) -> true).get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("unreachable: the failure was handled", e);
        }
    }

    /// Gives the duty up where it stands: it is not called again.
    public void abandon() {
        abandoned = true;
        wake();
    }

    private void run(String name, Duty duty) {
        try {
            while (!abandoned) {
                woken.set(false);
                long rest = duty.doWork(System.nanoTime());
                if (rest < 0) {
                    break;
                }
                if (rest > 0 && !woken.get()) {
                    LockSupport.parkNanos(this, Math.min(rest, MAX_PARK_NANOS));
                }
            }
            finished.complete(null);
        } catch (RoleStoppedException failure) {
            log.error("{} stops: {}", name, failure.getMessage());
            finished.completeExceptionally(failure);
        } catch (Throwable failure) {
            log.error("{} stops: an error nobody foresaw; please report it", name, failure);
            finished.completeExceptionally(failure);
        }
    }
}
