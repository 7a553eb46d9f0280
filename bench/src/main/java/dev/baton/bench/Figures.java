package dev.baton.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/// What came out of a run, or the medians of several.
///
/// @param messages measured
/// @param seconds from the first publication until the last was in the stream
/// @param perSecond how many came through; 0 where there is no such thing
/// @param lost messages that did not come out
/// @param latencyMicros by percentile, from when a message ought to have been sent until a reader had its entry; empty
///     without a rate
/// @param cpuMicros a message, by process
/// @param peakMebibytes resident memory, by process
/// @param heapMebibytes in use after the run, by process; empty where it is not known
record Figures(
        double messages,
        double seconds,
        double perSecond,
        double lost,
        Map<String, Double> latencyMicros,
        Map<String, Double> cpuMicros,
        Map<String, Double> peakMebibytes,
        Map<String, Double> heapMebibytes) {

    /// What is told of latencies.
    static final List<String> PERCENTILES = List.of("p50", "p90", "p99", "p99.9", "max");

    /// Percentiles by name.
    ///
    /// @return empty if nothing was timed
    static Map<String, Double> percentiles(Histogram micros) {
        Map<String, Double> percentiles = new LinkedHashMap<>();
        if (micros.getTotalCount() > 0) {
            for (String name : PERCENTILES) {
                double percentile =
                        name.equals("max") ? 100 : Double.parseDouble(name.substring(1));
                percentiles.put(name, (double) micros.getValueAtPercentile(percentile));
            }
        }
        return percentiles;
    }

    /// The median of each figure by itself.
    ///
    /// @param runs at least one
    static Figures medians(List<Figures> runs) {
        return new Figures(
                median(runs, Figures::messages),
                median(runs, Figures::seconds),
                median(runs, Figures::perSecond),
                median(runs, Figures::lost),
                medians(runs, Figures::latencyMicros),
                medians(runs, Figures::cpuMicros),
                medians(runs, Figures::peakMebibytes),
                medians(runs, Figures::heapMebibytes));
    }

    private static double median(List<Figures> runs, ToDoubleFunction<Figures> figure) {
        return median(runs.stream().mapToDouble(figure).toArray());
    }

    private static Map<String, Double> medians(
            List<Figures> runs, Function<Figures, Map<String, Double>> figures) {
        Map<String, Double> medians = new LinkedHashMap<>();
        for (String name : figures.apply(runs.getFirst()).keySet()) {
            medians.put(name, median(runs, run -> figures.apply(run).getOrDefault(name, 0.0)));
        }
        return medians;
    }

    /// The middle one, or half-way between the two.
    static double median(double... figures) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
