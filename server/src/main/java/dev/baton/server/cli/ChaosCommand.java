package dev.baton.server.cli;

import dev.baton.server.chaos.ChaosResult;
import dev.baton.server.chaos.ChaosRun;
import dev.baton.server.chaos.ChaosSettings;
import dev.baton.server.chaos.Fault;
import dev.baton.server.chaos.Layout;
import dev.baton.server.chaos.Scenario;
import dev.baton.server.config.BadConfigurationException;
import dev.baton.slice.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Breaks things on purpose and says whether a message was lost or came twice.
@Command(
        name = "chaos",
        description =
                "Run real processes under load, break them by a seed, and account for every message.")
final class ChaosCommand implements Callable<Integer> {

    private static final long MAX_PRINTED_SEED = 1_000_000_000;

    private final Termination termination;

    @Mixin CommonOptions common = new CommonOptions();

    @Option(
            names = "--redis",
            paramLabel = "URI",
            description =
                    "run on this server, with keys and channels of its own; without it, on embedded ones, where more faults are possible")
    @Nullable String redis;

    @Option(
            names = "--faults",
            paramLabel = "LIST",
            split = ",",
            completionCandidates = FaultNames.class,
            description = "what to break, of: ${COMPLETION-CANDIDATES}; or all")
    List<String> faults = List.of("kill-leader", "kill-worker", "pause-leader", "cut-leader");

    @Option(
            names = "--scenario",
            paramLabel = "NAME",
            completionCandidates = FaultNames.class,
            description = "one fault, once, with settings that fit it; other options still win")
    @Nullable String scenario;

    @Option(names = "--list", description = "name what can be broken, and break nothing")
    boolean list;

    @Option(
            names = "--slices",
            paramLabel = "N",
            defaultValue = "1",
            description = "number of slices, 1 to 64 (default: ${DEFAULT-VALUE})")
    int slices;

    @Option(
            names = "--sharded",
            description = "publish on a sharded channel (SPUBLISH); faults that need one imply it")
    boolean sharded;

    @Mixin ClusterOptions cluster = new ClusterOptions();

    @Mixin TransportOptions transport = new TransportOptions();

    @Option(names = "--seed", paramLabel = "N", description = "of the plan; a random one if absent")
    @Nullable Long seed;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            description = "how long the load lasts (default: 60s)")
    @Nullable Duration duration;

    @Option(
            names = "--every",
            paramLabel = "TIME",
            description = "how often a fault comes (default: 10s)")
    @Nullable Duration every;

    @Option(names = "--rate", paramLabel = "N", description = "messages a second (default: 1000)")
    @Nullable Long rate;

    @Option(
            names = "--size",
            paramLabel = "BYTES",
            description = "size of a message (default: 200)")
    @Nullable Integer size;

    @Option(
            names = "--dispatchers",
            paramLabel = "N",
            description = "how many processes (default: 2)")
    @Nullable Integer dispatchers;

    @Option(names = "--workers", paramLabel = "N", description = "how many processes (default: 2)")
    @Nullable Integer workers;

    @Option(
            names = "--lease",
            paramLabel = "TIME",
            defaultValue = "2s",
            description = "the dispatchers' (default: ${DEFAULT-VALUE})")
    Duration lease = Duration.ZERO;

    @Option(
            names = "--beat",
            paramLabel = "TIME",
            defaultValue = "500ms",
            description = "everybody's (default: ${DEFAULT-VALUE})")
    Duration beat = Duration.ZERO;

    @Option(
            names = "--worker-timeout",
            paramLabel = "TIME",
            defaultValue = "5s",
            description = "the dispatchers' (default: ${DEFAULT-VALUE})")
    Duration workerTimeout = Duration.ZERO;

    @Option(
            names = "--max-buffer-bytes",
            paramLabel = "BYTES",
            description = "the dispatchers' (default: 33554432, or what 20 s of the load take)")
    @Nullable Long bufferBytes;

    @Option(
            names = "--restart-after",
            paramLabel = "TIME",
            defaultValue = "1s",
            description = "how long what was killed stays away (default: ${DEFAULT-VALUE})")
    Duration restartAfter = Duration.ZERO;

    @Option(
            names = "--slack",
            paramLabel = "TIME",
            defaultValue = "2s",
            description =
                    "what bounds allow beyond the timeouts, for a busy machine (default: ${DEFAULT-VALUE})")
    Duration slack = Duration.ZERO;

    @Option(
            names = "--drain-timeout",
            paramLabel = "TIME",
            defaultValue = "30s",
            description =
                    "longest wait at the end until nothing is under way (default: ${DEFAULT-VALUE})")
    Duration drainTimeout = Duration.ZERO;

    @Option(
            names = "--allow-gaps",
            description = "a declared loss is fine also where a standby could have taken over")
    boolean allowGaps;

    @Mixin OutputOptions form = new OutputOptions();

    ChaosCommand(Termination termination) {
        this.termination = termination;
    }

    static final class FaultNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Fault.names().iterator();
        }
    }

    /// `config print` does not know these options, so the complaint does not send there.
    private ChaosSettings checkedSettings() {
        try {
            return settings();
        } catch (IllegalArgumentException e) {
            throw new BadConfigurationException("chaos: " + e.getMessage(), e);
        }
    }

    @Override
    public Integer call() throws InterruptedException {
        if (list) {
            for (Fault fault : Fault.values()) {
                System.out.printf("%-22s %s%n", fault, fault.meaning());
            }
            return ExitCode.FINE;
        }
        ChaosSettings settings = checkedSettings();
        say("seed %d; the same again: %s".formatted(settings.seed(), again(settings)));
        long began = System.nanoTime();
        ChaosResult result;
        try (ChaosRun run =
                new ChaosRun(
                        settings,
                        line -> say("%6.1f s  %s".formatted(since(began), line)),
                        termination::requested)) {
            result = run.run();
            if (result.fine()) {
                run.deleteLogs();
            }
        }
        if (form.output == Report.Format.table) {
            ChaosReport.print(result);
        } else {
            Report.print(System.out, form.output, ChaosReport.fields(result));
        }
        result.violations().forEach(violation -> say("VIOLATION  " + violation));
        if (!result.fine()) {
            say("seed %d; logs are in %s".formatted(result.seed(), result.logs()));
        }
        return result.fine() ? ExitCode.FINE : ExitCode.FAILURE;
    }

    private ChaosSettings settings() {
        Scenario fit = scenario == null ? Scenario.LONG : Scenario.of(Fault.named(scenario));
        long perSecond = or(rate, fit.rate());
        int bytes = or(size, fit.size());
        return new ChaosSettings(
                redis,
                scenario == null ? named() : List.of(Fault.named(scenario)),
                seed == null ? ThreadLocalRandom.current().nextLong(MAX_PRINTED_SEED) : seed,
                or(duration, fit.duration()),
                or(every, fit.every()),
                perSecond,
                bytes,
                or(dispatchers, fit.dispatchers()),
                or(workers, fit.workers()),
                lease,
                beat,
                workerTimeout,
                restartAfter,
                slack,
                drainTimeout,
                or(bufferBytes, fit.bufferBytesAt(perSecond, bytes)),
                layout(),
                allowGaps);
    }

    private Layout layout() {
        return new Layout(slices, cluster.cluster, cluster.replicas, sharded, transport.transport);
    }

    private List<Fault> named() {
        if (faults.equals(List.of("all"))) {
            return java.util.Arrays.stream(Fault.values())
                    .filter(fault -> redis == null || fault.fitsGivenServer())
                    .filter(layout()::fits)
                    .filter(ChaosCommand::isPossible)
                    .toList();
        }
        List<Fault> named = new ArrayList<>();
        faults.forEach(name -> named.add(Fault.named(name)));
        return named;
    }

    private static boolean isPossible(Fault fault) {
        String whyNot = fault.whyNot();
        if (whyNot != null) {
            say("left out: " + fault + ", for " + whyNot);
        }
        return whyNot == null;
    }

    private static <T> T or(@Nullable T given, T otherwise) {
        return given == null ? otherwise : given;
    }

    private String again(ChaosSettings settings) {
        String what =
                scenario == null
                        ? "--faults " + String.join(",", faults)
                        : "--scenario " + scenario;
        Layout layout = settings.layout();
        return "baton chaos "
                + what
                + (layout.slices() == 1 ? "" : " --slices " + layout.slices())
                + (layout.cluster() ? " --cluster" : "")
                + (layout.replicas() == 0 ? "" : " --replicas " + layout.replicas())
                + (layout.sharded() ? " --sharded" : "")
                + (layout.transport() == Transport.LISTS
                        ? ""
                        : " --transport " + layout.transport().text())
                + " --dispatchers %d --workers %d --rate %d --seed %d --duration %s --every %s"
                        .formatted(
                                settings.dispatchers(),
                                settings.workers(),
                                settings.rate(),
                                settings.seed(),
                                DurationConverter.text(settings.duration()),
                                DurationConverter.text(settings.every()));
    }

    private static double since(long beganNanos) {
        return (System.nanoTime() - beganNanos) / 1e9;
    }

    private static void say(String line) {
        System.err.println(line);
    }
}
