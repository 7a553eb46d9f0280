package dev.baton.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a subject's medians are of those of another.
///
/// @param cell the subject, and where it was measured
/// @param to the other subject
/// @param values by what is compared; of rates more is better, of all else less
record Ratio(Cell cell, Subject to, Map<String, Double> values) {

    /// Baton's to the reference, and its server's processor time to that of the parts, wherever both were measured.
    static List<Ratio> of(Map<Cell, Figures> medians) {
        List<Ratio> ratios = new ArrayList<>();
        medians.forEach(
                (cell, ours) -> {
                    if (cell.subject() == Subject.BATON || cell.subject() == Subject.GROUP) {
                        Figures reference =
                                medians.get(Cell.of(Subject.REFERENCE, cell.scenario()));
                        if (reference != null) {
                            ratios.add(
                                    new Ratio(
                                            cell, Subject.REFERENCE, toReference(ours, reference)));
                        }
                        Figures parts = medians.get(Cell.of(Subject.PARTS, cell.scenario()));
                        if (parts != null) {
                            ratios.add(new Ratio(cell, Subject.PARTS, toParts(ours, parts)));
                        }
                    }
                });
        return ratios;
    }

    private static Map<String, Double> toReference(Figures ours, Figures reference) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("rate", ours.perSecond() / reference.perSecond());
        for (String percentile : List.of("p50", "p99")) {
            Double mine = ours.latencyMicros().get(percentile);
            Double theirs = reference.latencyMicros().get(percentile);
            if (mine != null && theirs != null) {
                values.put(percentile, mine / theirs);
            }
        }
        return values;
    }

    private static Map<String, Double> toParts(Figures ours, Figures parts) {
        return Map.of(
                "redis CPU",
                ours.cpuMicros().getOrDefault(Trial.REDIS, 0.0)
                        / parts.cpuMicros().getOrDefault(Parts.SUM, 0.0));
    }
}
