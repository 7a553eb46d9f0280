package dev.baton.server.cli;

import dev.baton.dispatch.Dispatcher;
import dev.baton.dispatch.DispatcherFigures;
import dev.baton.dispatch.DispatcherSettings;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Runs one dispatcher until it is asked to stop.
@Command(
        name = "dispatcher",
        description =
                "Listen, and hand messages to workers. Run several: each slice has one leader.")
final class DispatcherCommand implements Callable<Integer> {

    private static final Logger log = LoggerFactory.getLogger(DispatcherCommand.class);

    private final Termination termination;

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin StreamOptions stream = new StreamOptions();
    @Mixin TransportOptions transport = new TransportOptions();
    @Mixin DispatcherOptions dispatcher = new DispatcherOptions();
    @Mixin RoleOptions role = new RoleOptions();
    @Mixin CommonOptions common = new CommonOptions();

    DispatcherCommand(Termination termination) {
        this.termination = termination;
    }

    @Override
    public Integer call() throws InterruptedException {
        stream.checked();
        DispatcherSettings settings =
                dispatcher
                        .settings(
                                role.name(),
                                redis.sourceAddress(),
                                redis.storeAddress(),
                                stream,
                                role.beat)
                        .toBuilder()
                        .transport(transport.transport)
                        .build();
        Rates rates = new Rates(2, System.nanoTime());
        try (Dispatcher running = Dispatcher.start(settings)) {
            boolean asked =
                    new Watch(termination, role.report)
                            .over(
                                    running.finished(),
                                    () -> report(settings.id(), running.figures(), rates));
            if (asked) {
                log.info("dispatcher {}: asked to stop; handing over", settings.id());
            }
            return running.finished().isCompletedExceptionally() ? ExitCode.FAILURE : ExitCode.FINE;
        }
    }

    private String leading(DispatcherFigures figures) {
        return stream.slices == 1
                ? "leading"
                : "leading " + figures.led() + " of " + stream.slices + " slices";
    }

    private void report(String id, DispatcherFigures figures, Rates rates) {
        String[] perSecond =
                rates.perSecond(System.nanoTime(), figures.heard(), figures.dispatched());
        log.info(
                "dispatcher {} {}: heard {} dispatched {} lost {} buffer {} KiB",
                id,
                figures.leads()
                        ? leading(figures)
                        : figures.inSync() ? "standby in sync" : "standby",
                perSecond[0],
                perSecond[1],
                figures.lost(),
                figures.retainedBytes() >> 10);
    }
}
