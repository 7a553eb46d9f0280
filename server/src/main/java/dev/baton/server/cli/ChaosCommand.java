package dev.baton.server.cli;

import dev.baton.server.chaos.ChaosResult;
import dev.baton.server.chaos.ChaosRun;
import dev.baton.server.chaos.ChaosSettings;
import dev.baton.server.chaos.Fault;
import dev.baton.server.chaos.Scenario;
import dev.baton.server.chaos.Verdict;
import dev.baton.server.config.BadConfigurationException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
            description = "the dispatchers' (default: 33554432)")
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

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORM",
            defaultValue = "table",
            description = "table, json or yaml (default: ${DEFAULT-VALUE})")
    Report.Format output = Report.Format.table;

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
        if (output == Report.Format.table) {
            print(result);
        } else {
            Report.print(System.out, output, fields(result));
        }
        result.violations().forEach(violation -> say("VIOLATION  " + violation));
        if (!result.fine()) {
            say("seed %d; logs are in %s".formatted(result.seed(), result.logs()));
        }
        return result.fine() ? ExitCode.FINE : ExitCode.FAILURE;
    }

    private ChaosSettings settings() {
        Scenario fit = scenario == null ? Scenario.LONG : Scenario.of(Fault.named(scenario));
        return new ChaosSettings(
                redis,
                scenario == null ? named() : List.of(Fault.named(scenario)),
                seed == null ? ThreadLocalRandom.current().nextLong(MAX_PRINTED_SEED) : seed,
                or(duration, fit.duration()),
                or(every, fit.every()),
                or(rate, fit.rate()),
                or(size, fit.size()),
                or(dispatchers, fit.dispatchers()),
                or(workers, fit.workers()),
                lease,
                beat,
                workerTimeout,
                restartAfter,
                slack,
                drainTimeout,
                or(bufferBytes, fit.bufferBytes()),
                allowGaps);
    }

    private List<Fault> named() {
        if (faults.equals(List.of("all"))) {
            return java.util.Arrays.stream(Fault.values())
                    .filter(fault -> redis == null || fault.fitsGivenServer())
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
        return "baton chaos %s --seed %d --duration %dms --every %dms"
                .formatted(
                        what,
                        settings.seed(),
                        settings.duration().toMillis(),
                        settings.every().toMillis());
    }

    private static double since(long beganNanos) {
        return (System.nanoTime() - beganNanos) / 1e9;
    }

    private static void say(String line) {
        System.err.println(line);
    }

    private static void print(ChaosResult result) {
        Verdict verdict = result.verdict();
        System.out.printf(
                """

                published          %,12d  (%,d not confirmed)
                committed          %,12d
                dead               %,12d  %s
                waiting, in lanes  %,12d
                gone with a flush  %,12d
                declared lost      %,12d  in %,d gaps
                undeclared lost    %,12d  (and %,d that nobody was there to hear)
                twice by position  %,12d
                twice by id        %,12d
                out of order       %,12d
                read, then gone    %,12d
                takeovers          %,12d
                longest stall      %,9d ms
                books balance      %12s

                """,
                verdict.published(),
                verdict.uncertain(),
                verdict.committed(),
                verdict.dead(),
                result.reasons().isEmpty() ? "" : result.reasons(),
                verdict.held(),
                verdict.vanished(),
                verdict.declared(),
                result.gaps(),
                verdict.undeclared(),
                verdict.unnoticed(),
                verdict.twiceByPosition(),
                verdict.twiceById(),
                verdict.outOfOrder(),
                result.backAgain(),
                result.takeovers(),
                result.longestStallMillis(),
                result.balanced() ? "yes" : "NO");
        System.out.printf(
                "%-22s %5s %12s %12s %9s%n",
                "fault", "times", "stall median", "stall max", "bound");
        for (ChaosResult.Disturbance one : result.faults()) {
            System.out.printf(
                    "%-22s %5d %,9d ms %,9d ms %,6d ms%n",
                    one.fault(),
                    one.times(),
                    one.medianMillis(),
                    one.longestMillis(),
                    one.boundMillis());
        }
        System.out.printf("%n%-22s %12s %13s%n", "worker", "entries", "longest lane");
        for (ChaosResult.Share one : result.workers()) {
            System.out.printf(
                    "%-22s %,12d %,13d%n", one.worker(), one.entries(), one.longestLane());
        }
        System.out.printf("%n%s%n", result.fine() ? "everything held" : "NOT everything held");
    }

    private static Map<String, Object> fields(ChaosResult result) {
        Verdict verdict = result.verdict();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("seed", result.seed());
        fields.put("published", verdict.published());
        fields.put("not_confirmed", verdict.uncertain());
        fields.put("committed", verdict.committed());
        fields.put("dead", verdict.dead());
        fields.put("held", verdict.held());
        fields.put("vanished", verdict.vanished());
        fields.put("declared_lost", verdict.declared());
        fields.put("gaps", result.gaps());
        fields.put("undeclared_lost", verdict.undeclared());
        fields.put("unnoticed", verdict.unnoticed());
        fields.put("twice_by_position", verdict.twiceByPosition());
        fields.put("twice_by_id", verdict.twiceById());
        fields.put("out_of_order", verdict.outOfOrder());
        fields.put("wrong_counts", verdict.wrongCounts());
        fields.put("read_then_gone", result.backAgain());
        fields.put("takeovers", result.takeovers());
        fields.put("longest_stall_ms", result.longestStallMillis());
        fields.put("balanced", result.balanced());
        fields.put("fine", result.fine());
        List<Map<String, Object>> faults = new ArrayList<>();
        for (ChaosResult.Disturbance one : result.faults()) {
            Map<String, Object> fault = new LinkedHashMap<>();
            fault.put("fault", one.fault().toString());
            fault.put("times", one.times());
            fault.put("stall_median_ms", one.medianMillis());
            fault.put("stall_max_ms", one.longestMillis());
            fault.put("bound_ms", one.boundMillis());
            faults.add(fault);
        }
        fields.put("faults", faults);
        List<Map<String, Object>> workers = new ArrayList<>();
        for (ChaosResult.Share one : result.workers()) {
            Map<String, Object> worker = new LinkedHashMap<>();
            worker.put("worker", one.worker());
            worker.put("entries", one.entries());
            worker.put("longest_lane", one.longestLane());
            workers.add(worker);
        }
        fields.put("workers", workers);
        List<Map<String, Object>> violations = new ArrayList<>();
        result.violations().forEach(text -> violations.add(Map.of("violation", text)));
        fields.put("violations", violations);
        return fields;
    }
}
