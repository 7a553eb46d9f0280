package dev.baton.server.cli;

import dev.baton.dispatch.DispatcherFigures;
import dev.baton.worker.WorkerFigures;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.function.LongSupplier;

/// Says when the first message was committed, and how much is done per second, until it is closed.
final class TrialReport implements AutoCloseable {

    private static final Duration LOOK_FOR_FIRST = Duration.ofMillis(1);
    private static final Duration LOOK = Duration.ofMillis(100);

    private final PrintStream out;
    private final Duration every;
    private final LongSupplier published;
    private final Trial trial;
    private final Thread thread;

    /// @param every how often the rates are said, 0 for never
    /// @param published how many messages were published so far
    TrialReport(PrintStream out, Duration every, LongSupplier published, Trial trial) {
        this.out = out;
        this.every = every;
        this.published = published;
        this.trial = trial;
        this.thread = Thread.ofPlatform().daemon().name("baton-report").start(this::speak);
    }

    private void speak() {
        Rates rates = new Rates(4, System.nanoTime());
        boolean committedBefore = false;
        long nextReport = System.nanoTime() + every.toNanos();
        try {
            while (true) {
                Thread.sleep(committedBefore ? LOOK : LOOK_FOR_FIRST);
                if (!committedBefore && trial.ofWorkers(WorkerFigures::committed) > 0) {
                    committedBefore = true;
                    sayFirst();
                }
                if (!every.isZero() && System.nanoTime() - nextReport >= 0) {
                    nextReport += every.toNanos();
                    say(rates);
                }
            }
        } catch (InterruptedException e) {
            // The run is over.
        }
    }

    private void sayFirst() {
        long sinceStart =
                System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
        out.printf("first message committed %.2f s after the start%n", sinceStart / 1e3);
    }

    private void say(Rates rates) {
        String[] perSecond =
                rates.perSecond(
                        System.nanoTime(),
                        published.getAsLong(),
                        trial.ofDispatchers(DispatcherFigures::dispatched),
                        trial.ofWorkers(WorkerFigures::committed),
                        trial.ofWorkers(WorkerFigures::dead));
        out.printf(
                "published %s  dispatched %s  committed %s  dead %s%n",
                perSecond[0], perSecond[1], perSecond[2], perSecond[3]);
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
