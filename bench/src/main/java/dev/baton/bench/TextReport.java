package dev.baton.bench;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// A report for people.
final class TextReport implements Report {

    private final PrintStream out;

    TextReport(PrintStream out) {
        this.out = out;
    }

    @Override
    public void begin(Map<String, String> setup) {
        setup.forEach((name, value) -> out.printf("%-10s  %s%n", name, value));
    }

    @Override
    public void add(int run, Cell cell, Figures figures) {
        out.printf("%n%s, run %d%n", title(cell), run);
        lines(figures);
    }

    @Override
    public void end(Map<Cell, Figures> medians, List<Ratio> ratios) {
        out.printf("%nMedians%n");
        medians.forEach(
                (cell, figures) -> {
                    out.printf("%n%s%n", title(cell));
                    lines(figures);
                });
        if (!ratios.isEmpty()) {
            out.printf("%nRatios of medians%n%n");
        }
        for (Ratio ratio : ratios) {
            out.printf(
                    "%s / %s: %s%n",
                    title(ratio.cell()), ratio.to(), joined(ratio.values(), "%.2f", 1));
        }
    }

    private static String title(Cell cell) {
        return cell.subject() + ", " + cell.scenario();
    }

    private void lines(Figures figures) {
        if (figures.perSecond() > 0) {
            out.printf("  %,.0f/s, lost %,.0f%n", figures.perSecond(), figures.lost());
        }
        line("latency ms", figures.latencyMicros(), "%.2f", 1e-3);
        line("CPU µs a message", figures.cpuMicros(), "%.2f", 1);
        line("peak memory MiB", figures.peakMebibytes(), "%.0f", 1);
        line("used heap MiB", figures.heapMebibytes(), "%.0f", 1);
    }

    private void line(String what, Map<String, Double> figures, String form, double unit) {
        if (!figures.isEmpty()) {
            out.printf("  %-17s %s%n", what, joined(figures, form, unit));
        }
    }

    private static String joined(Map<String, Double> figures, String form, double unit) {
        return figures.entrySet().stream()
                .map(one -> one.getKey() + " " + form.formatted(one.getValue() * unit))
                .collect(Collectors.joining(", "));
    }
}
