package dev.baton.server.cli;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// How the process ends: a signal asks the command to finish, and the command's own exit code is the process', where the
/// JVM would say 130 or 143. Thread-safe.
final class Termination {

    /// Longest wait for a command that was asked to finish; commands bound their own endings far below.
    private static final long MAX_WAIT_SECONDS = 300;

    private final CountDownLatch requested = new CountDownLatch(1);
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();

    /// From now on a signal asks.
    void install() {
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform().name("baton-shutdown").unstarted(this::shutDown));
    }

    private void shutDown() {
        requested.countDown();
        int code = ExitCode.FAILURE;
        try {
            code = exit.get(MAX_WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            System.err.println(
                    "baton: did not finish within " + MAX_WAIT_SECONDS + " s; giving up");
        }
        System.out.flush();
        Runtime.getRuntime().halt(code);
    }

    /// Ends the process.
    void exit(int code) {
        exit.complete(code);
        System.exit(code);
    }

    /// Whether somebody asked the process to end.
    boolean requested() {
        return requested.getCount() == 0;
    }

    /// Waits until somebody asks the process to end.
    ///
    /// @return false if nobody did in time
    boolean await(Duration timeout) throws InterruptedException {
        return requested.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }
}
