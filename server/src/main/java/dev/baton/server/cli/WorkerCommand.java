package dev.baton.server.cli;

import dev.baton.server.processor.ProcessorSource;
import dev.baton.worker.Worker;
import dev.baton.worker.WorkerFigures;
import dev.baton.worker.WorkerSettings;
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
    @Mixin TransportOptions transport = new TransportOptions();
    @Mixin WorkerOptions worker = new WorkerOptions();
    @Mixin ProcessorOptions processor = new ProcessorOptions();
    @Mixin RoleOptions role = new RoleOptions();
    @Mixin CommonOptions common = new CommonOptions();

    WorkerCommand(Termination termination) {
        this.termination = termination;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (processor.listed()) {
            return ExitCode.FINE;
        }
        stream.checked();
        WorkerSettings settings =
                worker.settings(role.name(), redis.storeAddress(), stream, role.beat).toBuilder()
                        .transport(transport.transport)
                        .build();
        Rates rates = new Rates(3, System.nanoTime());
        try (ProcessorSource source = processor.source(worker);
                Worker running = Worker.start(settings, source.create())) {
            boolean asked =
                    new Watch(termination, role.report)
                            .over(
                                    running.finished(),
                                    () -> report(settings.id(), running.figures(), rates));
            if (!asked) {
                return running.finished().isCompletedExceptionally()
                        ? ExitCode.FAILURE
                        : ExitCode.FINE;
            }
            log.info(
                    "worker {}: asked to stop; finishing what is in hand, at most {} s",
                    settings.id(),
                    role.drainTimeout.toSeconds());
            return running.drain(role.drainTimeout) ? ExitCode.FINE : ExitCode.FAILURE;
        }
    }

    private static void report(String id, WorkerFigures figures, Rates rates) {
        String[] perSecond =
                rates.perSecond(
                        System.nanoTime(), figures.committed(), figures.dead(), figures.dropped());
        log.info(
                "worker {}: committed {} dead {} dropped {}",
                id,
                perSecond[0],
                perSecond[1],
                perSecond[2]);
    }
}
