package dev.baton.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `baton bench`: interleaved runs of the subjects, their medians, and Baton as a share of the reference.
@Command(
        name = "baton bench",
        description = "Measures Baton and a reference bridge in turn, each on a Redis of its own.")
public final class Bench implements Callable<Integer> {

    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_WORKERS = 8;
    private static final int MAX_SLICES = 6;
    private static final int MAX_DISPATCHERS = 4;

    @Option(names = "--help", usageHelp = true, description = "show this help")
    boolean help;

    @Option(
            names = "--subjects",
            split = ",",
            paramLabel = "NAME",
            defaultValue = "REFERENCE,BATON",
            description =
                    "what to measure, in turn: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}). GROUP is Baton with --transport group; PARTS is what the server spends on the single commands")
    List<Subject> subjects = List.of();

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "5",
            description =
                    "runs of each subject in each scenario, in turn (default: ${DEFAULT-VALUE})")
    int runs;

    @Option(
            names = "--size",
            split = ",",
            paramLabel = "BYTES",
            defaultValue = "200",
            description = "of a message, from 72; several in turn (default: ${DEFAULT-VALUE})")
    List<Integer> sizes = List.of();

    @Option(
            names = "--rate",
            split = ",",
            paramLabel = "N",
            defaultValue = "0",
            converter = Rate.Converter.class,
            description =
                    "messages a second, with latencies; 0 for as many as come through, \"half\" for half of what REFERENCE then takes, which is measured first; several in turn (default: ${DEFAULT-VALUE})")
    List<Rate> rates = List.of();

    @Option(
            names = "--workers",
            split = ",",
            paramLabel = "N",
            defaultValue = "1",
            description = "Baton's workers, 1 to 8; several in turn (default: ${DEFAULT-VALUE})")
    List<Integer> workers = List.of();

    @Option(
            names = "--slices",
            split = ",",
            paramLabel = "N",
            defaultValue = "1",
            description = "Baton's slices, 1 to 6; several in turn (default: ${DEFAULT-VALUE})")
    List<Integer> slices = List.of();

    @Option(
            names = "--dispatchers",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Baton's dispatchers, 1 to 4; with one slice the first leads and the others stand by (default: ${DEFAULT-VALUE})")
    int dispatchers;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "before each measurement (default: ${DEFAULT-VALUE})")
    int warmUpSeconds;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "10",
            description =
                    "of each measurement; PARTS takes 2 s for each part (default: ${DEFAULT-VALUE})")
    int seconds;

    @Option(
            names = "--window",
            paramLabel = "N",
            description =
                    "messages under way when there is no rate (default: 20000, fewer where that is more than 16 MiB)")
    @Nullable Integer window;

    @Option(
            names = "--micro",
            description = "measure pieces of the code by themselves, with JMH, and nothing else")
    boolean micro;

    @Option(
            names = "--filter",
            paramLabel = "REGEX",
            description = "with --micro: those whose name it is found in (default: all)")
    @Nullable String filter;

    @Option(
            names = "--output",
            paramLabel = "FORM",
            defaultValue = "text",
            description = "text, csv or json (default: ${DEFAULT-VALUE})")
    Report.Form output = Report.Form.TEXT;

    private final String[] args;

    /// @param args as the shell gives them, to be told
    Bench(String... args) {
        this.args = args.clone();
    }

    /// @param args as the shell gives them
    public static void main(String[] args) {
        Locale.setDefault(Locale.ROOT);
        System.exit(commandLine(args).execute(args));
    }

    static CommandLine commandLine(String... args) {
        Complaints complaints = new Complaints();
        return new CommandLine(new Bench(args))
                .setUsageHelpAutoWidth(true)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(complaints)
                .setExecutionExceptionHandler(complaints);
    }

    @Override
    public Integer call() throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        if (micro) {
            Micro.run(filter == null ? "." : filter, output, args, out);
            return 0;
        }
        if (filter != null) {
            throw new BadOptionException("--filter goes with --micro");
        }
        return measure(checked(), out);
    }

    private int measure(Plan plan, PrintStream out) throws IOException, InterruptedException {
        Report report = output.on(out);
        report.begin(Setup.of(args, plan.subjects()));
        return new Series(plan, report).run() ? 0 : Complaints.FAILURE;
    }

    /// What is asked for.
    ///
    /// @throws BadOptionException if it cannot be
    Plan checked() {
        check("--size", sizes, Letter.MIN_BYTES, MAX_BYTES);
        check("--workers", workers, 1, MAX_WORKERS);
        check("--slices", slices, 1, MAX_SLICES);
        check("--dispatchers", List.of(dispatchers), 1, MAX_DISPATCHERS);
        check("--runs", List.of(runs), 1, Integer.MAX_VALUE);
        check("--seconds", List.of(seconds), 1, Integer.MAX_VALUE);
        check("--warm-up", List.of(warmUpSeconds), 0, Integer.MAX_VALUE);
        if (window != null) {
            check("--window", List.of(window), 1, Integer.MAX_VALUE);
        }
        return new Plan(
                once(subjects),
                once(sizes),
                once(rates),
                once(workers),
                once(slices),
                dispatchers,
                runs,
                warmUpSeconds,
                seconds,
                window);
    }

    private static void check(String option, List<Integer> given, int least, int most) {
        for (int number : given) {
            if (number < least || number > most) {
                throw new BadOptionException(
                        "%s %d: give %d %s"
                                .formatted(
                                        option,
                                        number,
                                        least,
                                        most == Integer.MAX_VALUE ? "or more" : "to " + most));
            }
        }
    }

    private static <T> List<T> once(List<T> given) {
        return List.copyOf(new LinkedHashSet<>(given));
    }
}
