package dev.baton.server.cli;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/// Has a role run until it ends by itself or somebody asks it to, and lets it say now and then what it did.
///
/// @param termination who asks
/// @param every how often it speaks, 0 for never
record Watch(Termination termination, Duration every) {

    /// Longest time in which the end of a role goes unnoticed.
    private static final Duration LOOK = Duration.ofMillis(200);

    /// Waits.
    ///
    /// @param finished completes when the role has ended
    /// @param report says what was done
    /// @return false if the role ended by itself
    boolean over(CompletableFuture<Void> finished, Runnable report) throws InterruptedException {
        long nextReportNanos = System.nanoTime() + every.toNanos();
        while (!termination.await(LOOK.compareTo(every) < 0 || every.isZero() ? LOOK : every)) {
            if (finished.isDone()) {
                return false;
            }
            if (!every.isZero() && System.nanoTime() - nextReportNanos >= 0) {
                nextReportNanos += every.toNanos();
                report.run();
            }
        }
        return true;
    }
}
