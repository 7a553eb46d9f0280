package dev.baton.bench;

import java.io.PrintStream;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/// Pieces of the code by themselves, each in a process of its own: the classes named `…Micro`, in the packages of what they
/// measure.
final class Micro {

    private static final int WARM_UPS = 2;
    private static final int MEASUREMENTS = 3;

    private Micro() {}

    /// Runs those whose name a pattern is found in.
    ///
    /// @throws BadOptionException if it is no pattern, or found in none
    static void run(String filter, Report.Form form, String[] args, PrintStream out)
            throws RunnerException {
        try {
            Pattern.compile(filter);
        } catch (PatternSyntaxException e) {
            throw new BadOptionException("--filter: " + e.getDescription() + ": " + filter);
        }
        if (form == Report.Form.TEXT) {
            form.on(out).begin(Setup.machine(args));
        }
        System.err.println("Measuring; all of them take little more than a minute ...");
        OptionsBuilder options = new OptionsBuilder();
        options.include(filter)
                .mode(Mode.AverageTime)
                .timeUnit(TimeUnit.NANOSECONDS)
                .forks(1)
                .warmupIterations(WARM_UPS)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(MEASUREMENTS)
                .measurementTime(TimeValue.seconds(1))
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT);
        try {
            Collection<RunResult> results = new Runner(options.build()).run();
            ResultFormatFactory.getInstance(resultsOf(form), out).writeOut(results);
        } catch (NoBenchmarksException e) {
            throw new BadOptionException("--filter: found in no name: " + filter);
        }
    }

    private static ResultFormatType resultsOf(Report.Form form) {
        return switch (form) {
            case TEXT -> ResultFormatType.TEXT;
            case CSV -> ResultFormatType.CSV;
            case JSON -> ResultFormatType.JSON;
        };
    }
}
