package dev.baton.server.cli;

import dev.baton.MessageProcessor;
import dev.baton.worker.Worker;
import dev.baton.worker.WorkerFigures;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Runs one worker until it is asked to stop.
@Command(
        name = "worker",
        description = "Take messages from a lane, process them, commit them to the stream.")
final class WorkerCommand implements Callable<Integer> {

    private static final Logger log = LoggerFactory.getLogger(WorkerCommand.class);

    private final Termination termination;

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin StreamOptions stream = new StreamOptions();
    @Mixin WorkerOptions worker = new WorkerOptions();
    @Mixin RoleOptions role = new RoleOptions();
    @Mixin CommonOptions common = new CommonOptions();

    WorkerCommand(Termination termination) {
        this.termination = termination;
    }

    @Override
    public Integer call() throws InterruptedException {
        Rates rates = new Rates(3);
        try (Worker running =
                Worker.start(
                        worker.settings(
                                role.name(), redis.storeAddress(), stream.checked(), role.beat),
                        MessageProcessor.passOn())) {
            while (!termination.await(role.report) && !running.finished().isDone()) {
                WorkerFigures figures = running.figures();
                long[] perSecond =
                        rates.perSecond(figures.committed(), figures.dead(), figures.dropped());
                log.info(
                        "committed {}/s dead {}/s dropped {}/s",
                        perSecond[0],
                        perSecond[1],
                        perSecond[2]);
            }
            if (running.finished().isCompletedExceptionally()) {
                return ExitCode.FAILURE;
            }
            return running.drain(role.drainTimeout) ? ExitCode.FINE : ExitCode.FAILURE;
        }
    }
}
