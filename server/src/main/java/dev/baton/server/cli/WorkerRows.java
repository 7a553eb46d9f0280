package dev.baton.server.cli;

import dev.baton.slice.Books;
import dev.baton.slice.PipelineBooks;
import dev.baton.slice.WorkerBooks;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What `workers` shows of a look at the books: each worker once, with what it has in all slices.
final class WorkerRows {

    private WorkerRows() {}

    static List<Map<String, Object>> of(PipelineBooks.Look look) {
        Map<String, Map<String, Object>> byId = new LinkedHashMap<>();
        int number = 0;
        for (Books books : look.slices().values()) {
            for (WorkerBooks worker : books.workers()) {
                add(byId.computeIfAbsent(worker.id(), id -> first(worker)), worker, number);
            }
            number++;
        }
        if (look.slices().size() == 1) {
            byId.values().forEach(row -> row.remove("slices"));
        }
        return new ArrayList<>(byId.values());
    }

    private static Map<String, Object> first(WorkerBooks worker) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", worker.id());
        row.put("slices", "");
        row.put("state", state(worker));
        row.put("host", worker.fields().getOrDefault("host", "?"));
        row.put("pid", worker.fields().getOrDefault("pid", "?"));
        row.put("since", new EntryId(number(worker, "joined"), 0).time());
        row.put("beat", 0L);
        row.put("backlog", 0L);
        row.put("finished", 0L);
        row.put("capacity", number(worker, "capacity"));
        return row;
    }

    private static void add(Map<String, Object> row, WorkerBooks worker, int slice) {
        row.merge(
                "slices",
                Integer.toString(slice),
                (before, one) -> before.equals("") ? one : before + "," + one);
        row.merge("state", state(worker), (before, now) -> before.equals(now) ? now : "mixed");
        row.merge("beat", number(worker, "beat"), WorkerRows::sum);
        row.merge("backlog", worker.backlog(), WorkerRows::sum);
        row.merge("finished", number(worker, "head"), WorkerRows::sum);
    }

    private static Object sum(Object one, Object other) {
        return (long) one + (long) other;
    }

    /// What it does, as far as the store knows; of a live one that an operator wants quiet it says so.
    static String state(WorkerBooks worker) {
        String own = worker.fields().getOrDefault("state", "?");
        return worker.wishedQuiet() && own.equals("live") ? "quiet (wished)" : own;
    }

    static long number(WorkerBooks worker, String name) {
        return Long.parseLong(worker.fields().getOrDefault(name, "0"));
    }
}
