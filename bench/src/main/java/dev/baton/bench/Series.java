package dev.baton.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Measures what a plan asks for, each cell as often as it says, all of them in turn.
final class Series {

    private final Plan plan;
    private final Report report;
    private final Map<Cell, List<Figures>> figures = new LinkedHashMap<>();

    Series(Plan plan, Report report) {
        this.plan = plan;
        this.report = report;
    }

    /// Runs it to the end.
    ///
    /// @return whether nothing was lost
    boolean run() throws IOException, InterruptedException {
        pass(plan.flatOut());
        pass(plan.atRates(this::halfOfReference));
        Map<Cell, Figures> medians = medians();
        report.end(medians, Ratio.of(medians));
        return figures.values().stream().flatMap(List::stream).allMatch(one -> one.lost() == 0);
    }

    private void pass(Set<Cell> cells) throws IOException, InterruptedException {
        for (int run = 1; run <= plan.runs(); run++) {
            for (Cell cell : cells) {
                Figures one = measure(cell);
                figures.computeIfAbsent(cell, _ -> new ArrayList<>()).add(one);
                report.add(run, cell, one);
            }
        }
    }

    private Figures measure(Cell cell) throws IOException, InterruptedException {
        int window = plan.windowFor(cell.scenario().bytes());
        if (cell.subject() == Subject.PARTS) {
            try (Parts parts = new Parts(cell.scenario().bytes(), window)) {
                return parts.measure();
            }
        }
        try (Trial trial = new Trial(cell, plan.warmUpSeconds(), plan.seconds(), window)) {
            return trial.run();
        }
    }

    private long halfOfReference(int bytes) {
        Cell reference = Cell.of(Subject.REFERENCE, new Scenario(bytes, 0, 0, 0, 0));
        Figures median = medians().get(reference);
        if (median == null) {
            throw new IllegalStateException("the reference was not measured");
        }
        return Math.max(1, Math.round(median.perSecond() / 2));
    }

    private Map<Cell, Figures> medians() {
        Map<Cell, Figures> medians = new LinkedHashMap<>();
        figures.forEach((cell, runs) -> medians.put(cell, Figures.medians(runs)));
        return medians;
    }
}
