package dev.baton.server.cli;

import dev.baton.dispatch.Dispatcher;
import dev.baton.dispatch.DispatcherFigures;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Runs one dispatcher until it is asked to stop.
@Command(
        name = "dispatcher",
        description = "Listen, and hand messages to workers. Run several: one leads.")
final class DispatcherCommand implements Callable<Integer> {

    private static final Logger log = LoggerFactory.getLogger(DispatcherCommand.class);

    private final Termination termination;

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin StreamOptions stream = new StreamOptions();
    @Mixin DispatcherOptions dispatcher = new DispatcherOptions();
    @Mixin RoleOptions role = new RoleOptions();
    @Mixin CommonOptions common = new CommonOptions();

    DispatcherCommand(Termination termination) {
        this.termination = termination;
    }

    @Override
    public Integer call() throws InterruptedException {
        Rates rates = new Rates(2);
        try (Dispatcher running =
                Dispatcher.start(
                        dispatcher.settings(
                                role.name(),
                                redis.sourceAddress(),
                                redis.storeAddress(),
                                stream.checked(),
                                role.beat))) {
            while (!termination.await(role.report) && !running.finished().isDone()) {
                DispatcherFigures figures = running.figures();
                long[] perSecond = rates.perSecond(figures.heard(), figures.dispatched());
                log.info(
                        "{} heard {}/s dispatched {}/s lost {} buffer {} KiB",
                        figures.leads() ? "leading" : "standby",
                        perSecond[0],
                        perSecond[1],
                        figures.lost(),
                        figures.retainedBytes() >> 10);
            }
            return running.finished().isCompletedExceptionally() ? ExitCode.FAILURE : ExitCode.FINE;
        }
    }
}
