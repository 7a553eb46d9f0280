package dev.baton.server.cli;

import dev.baton.server.chaos.ChaosResult;
import dev.baton.server.chaos.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a chaos run showed, for people and for programs.
final class ChaosReport {

    private ChaosReport() {}

    static void print(ChaosResult result) {
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

    static Map<String, Object> fields(ChaosResult result) {
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
