package dev.baton.bench;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/// Prints what was measured, as it comes.
enum Report {
    /// For people.
    TEXT {
        @Override
        void begin(Trial.Plan plan) {
            System.out.println(header(plan));
        }

        @Override
        void add(int run, Trial.Result result) {
            System.out.printf("%2d %-10s %s%n", run + 1, result.subject(), line(List.of(result)));
        }

        @Override
        void end(Map<Subject, List<Trial.Result>> results) {
            results.forEach(
                    (subject, all) ->
                            System.out.printf("   %-10s %s (medians)%n", subject, line(all)));
            List<Trial.Result> reference = results.get(Subject.REFERENCE);
            List<Trial.Result> baton = results.get(Subject.BATON);
            if (reference != null && baton != null) {
                System.out.printf(
                        "   baton / reference: %.2f of the rate%n",
                        median(baton, Trial.Result::perSecond)
                                / median(reference, Trial.Result::perSecond));
            }
        }
    },
    /// A line a run.
    CSV {
        @Override
        void begin(Trial.Plan plan) {
            System.out.println("# " + header(plan));
            System.out.println(
                    "run,subject,messages,seconds,per_second,lost,p50_us,p99_us,max_us,cpu_us,peak_mib");
        }

        @Override
        void add(int run, Trial.Result result) {
            Histogram micros = result.latencyMicros();
            System.out.printf(
                    "%d,%s,%d,%.3f,%.0f,%d,%d,%d,%d,%s,%s%n",
                    run + 1,
                    result.subject(),
                    result.messages(),
                    result.seconds(),
                    result.perSecond(),
                    result.lost(),
                    micros.getValueAtPercentile(50),
                    micros.getValueAtPercentile(99),
                    micros.getMaxValue(),
                    joined(result.cpuMicros(), "=", " "),
                    joined(result.peakMebibytes(), "=", " "));
        }

        @Override
        void end(Map<Subject, List<Trial.Result>> results) {}
    },
    /// An object a run, one a line.
    JSON {
        @Override
        void begin(Trial.Plan plan) {
            System.out.printf("{\"setup\":\"%s\"}%n", header(plan));
        }

        @Override
        void add(int run, Trial.Result result) {
            Histogram micros = result.latencyMicros();
            System.out.printf(
                    "{\"run\":%d,\"subject\":\"%s\",\"messages\":%d,\"seconds\":%.3f,\"per_second\":%.0f,\"lost\":%d,"
                            + "\"p50_us\":%d,\"p99_us\":%d,\"max_us\":%d,\"cpu_us\":{%s},\"peak_mib\":{%s}}%n",
                    run + 1,
                    result.subject(),
                    result.messages(),
                    result.seconds(),
                    result.perSecond(),
                    result.lost(),
                    micros.getValueAtPercentile(50),
                    micros.getValueAtPercentile(99),
                    micros.getMaxValue(),
                    joined(quoted(result.cpuMicros()), ":", ","),
                    joined(quoted(result.peakMebibytes()), ":", ","));
        }

        @Override
        void end(Map<Subject, List<Trial.Result>> results) {}
    };

    /// What a run needs to be repeated.
    abstract void begin(Trial.Plan plan);

    abstract void add(int run, Trial.Result result);

    abstract void end(Map<Subject, List<Trial.Result>> results);

    /// @throws IllegalArgumentException if there is no such format
    static Report of(String format) {
        return valueOf(format.toUpperCase(java.util.Locale.ROOT));
    }

    private static String header(Trial.Plan plan) {
        return "%s, Java %s, %d processors, Redis 7.0.15 embedded; %s"
                .formatted(
                        System.getProperty("os.name") + " " + System.getProperty("os.version"),
                        Runtime.version(),
                        Runtime.getRuntime().availableProcessors(),
                        plan);
    }

    private static String line(List<Trial.Result> results) {
        StringBuilder line = new StringBuilder();
        line.append("%,9.0f/s".formatted(median(results, Trial.Result::perSecond)));
        if (results.getFirst().latencyMicros().getTotalCount() > 0) {
            for (double percentile : new double[] {50, 99, 99.9}) {
                line.append(
                        "  p%s %.2f ms"
                                .formatted(
                                        Double.toString(percentile).replace(".0", ""),
                                        median(
                                                        results,
                                                        one ->
                                                                one.latencyMicros()
                                                                        .getValueAtPercentile(
                                                                                percentile))
                                                / 1e3));
            }
        }
        line.append("  CPU µs a message:");
        for (String process : results.getFirst().cpuMicros().keySet()) {
            line.append(
                    " %s %.2f"
                            .formatted(
                                    process,
                                    median(
                                            results,
                                            one -> one.cpuMicros().getOrDefault(process, 0.0))));
        }
        line.append("  lost %.0f".formatted(median(results, Trial.Result::lost)));
        return line.toString();
    }

    static double median(List<Trial.Result> results, ToDoubleFunction<Trial.Result> figure) {
        double[] sorted = results.stream().mapToDouble(figure).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static Map<String, Double> quoted(Map<String, Double> figures) {
        Map<String, Double> quoted = new TreeMap<>();
        figures.forEach((name, value) -> quoted.put('"' + name + '"', value));
        return quoted;
    }

    private static String joined(Map<String, Double> figures, String between, String after) {
        return figures.entrySet().stream()
                .map(
                        one ->
                                one.getKey().replace(' ', '-')
                                        + between
                                        + "%.3f".formatted(one.getValue()))
                .collect(Collectors.joining(after));
    }
}
