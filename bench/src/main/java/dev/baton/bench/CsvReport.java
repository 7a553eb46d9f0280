package dev.baton.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// A table: a line a run, and one for the medians of each cell, with `median` in place of the run's number. The setup, and
/// ratios, are comments.
final class CsvReport implements Report {

    private final PrintStream out;

    CsvReport(PrintStream out) {
        this.out = out;
    }

    @Override
    public void begin(Map<String, String> setup) {
        setup.forEach((name, value) -> out.printf("# %s: %s%n", name, value));
        List<String> columns = new ArrayList<>(List.of("run", "subject"));
        columns.addAll(new Scenario(0, 0, 0, 0, 0).numbers().keySet());
        columns.addAll(List.of("messages", "seconds", "per_second", "lost"));
        Figures.PERCENTILES.forEach(name -> columns.add(name + "_us"));
        columns.addAll(List.of("cpu_us", "peak_mib", "heap_mib"));
        out.println(String.join(",", columns));
    }

    @Override
    public void add(int run, Cell cell, Figures figures) {
        line(Integer.toString(run), cell, figures);
    }

    @Override
    public void end(Map<Cell, Figures> medians, List<Ratio> ratios) {
        medians.forEach((cell, figures) -> line("median", cell, figures));
        for (Ratio ratio : ratios) {
            out.printf(
                    "# %s, %s / %s: %s%n",
                    ratio.cell().subject(),
                    ratio.cell().scenario(),
                    ratio.to(),
                    joined(ratio.values()));
        }
    }

    private void line(String run, Cell cell, Figures figures) {
        List<String> values = new ArrayList<>(List.of(run, cell.subject().name()));
        cell.scenario().numbers().values().forEach(number -> values.add(number.toString()));
        values.add("%.0f".formatted(figures.messages()));
        values.add("%.3f".formatted(figures.seconds()));
        values.add("%.0f".formatted(figures.perSecond()));
        values.add("%.0f".formatted(figures.lost()));
        for (String percentile : Figures.PERCENTILES) {
            Double micros = figures.latencyMicros().get(percentile);
            values.add(micros == null ? "" : "%.0f".formatted(micros));
        }
        values.add(joined(figures.cpuMicros()));
        values.add(joined(figures.peakMebibytes()));
        values.add(joined(figures.heapMebibytes()));
        out.println(String.join(",", values));
    }

    private static String joined(Map<String, Double> figures) {
        return figures.entrySet().stream()
                .map(one -> one.getKey().replace(' ', '-') + "=%.3f".formatted(one.getValue()))
                .collect(Collectors.joining(" "));
    }
}
