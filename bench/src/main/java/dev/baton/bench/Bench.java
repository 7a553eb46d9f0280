package dev.baton.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `baton bench`: interleaved runs of the subjects, their medians, and Baton as a share of the reference.
@Command(
        name = "baton bench",
        description = "Measures Baton and a reference bridge in turn, each on a Redis of its own.",
        mixinStandardHelpOptions = true)
public final class Bench implements Callable<Integer> {

    @Option(
            names = "--subjects",
            split = ",",
            paramLabel = "NAME",
            defaultValue = "REFERENCE,BATON",
            description = "what to measure: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    List<Subject> subjects = List.of();

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "5",
            description = "runs of each, in turn (default: ${DEFAULT-VALUE})")
    int runs;

    @Option(
            names = "--size",
            paramLabel = "BYTES",
            defaultValue = "200",
            description = "of a message, from 79 (default: ${DEFAULT-VALUE})")
    int size;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "messages a second, with latencies; 0 for as many as come through (default: ${DEFAULT-VALUE})")
    long rate;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "1",
            description = "Baton's workers (default: ${DEFAULT-VALUE})")
    int workers;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            defaultValue = "8",
            description = "before each measurement (default: ${DEFAULT-VALUE})")
    int warmUpSeconds;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "10",
            description = "of each measurement (default: ${DEFAULT-VALUE})")
    int seconds;

    @Option(
            names = "--window",
            paramLabel = "N",
            defaultValue = "20000",
            description = "messages under way when there is no rate (default: ${DEFAULT-VALUE})")
    int window;

    @Option(
            names = "--output",
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text, csv or json (default: ${DEFAULT-VALUE})")
    String output = "";

    /// @param args as the shell gives them
    public static void main(String[] args) {
        Locale.setDefault(Locale.ROOT);
        System.exit(
                new CommandLine(new Bench())
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (size < Letter.MIN_BYTES) {
            System.err.println(
                    "baton: --size: a message has at least " + Letter.MIN_BYTES + " bytes");
            return 2;
        }
        if (runs < 1 || seconds < 1) {
            System.err.println("baton: --runs and --seconds: give 1 or more");
            return 2;
        }
        Trial.Plan plan = new Trial.Plan(size, rate, workers, warmUpSeconds, seconds, window);
        Map<Subject, List<Trial.Result>> results = new EnumMap<>(Subject.class);
        Report report = Report.of(output);
        report.begin(plan);
        for (int run = 0; run < runs; run++) {
            for (Subject subject : subjects) {
                try (Trial trial = new Trial(subject, plan)) {
                    Trial.Result result = trial.run();
                    results.computeIfAbsent(subject, _ -> new ArrayList<>()).add(result);
                    report.add(run, result);
                }
            }
        }
        report.end(results);
        return results.values().stream().flatMap(List::stream).allMatch(one -> one.lost() == 0)
                ? 0
                : 1;
    }
}
