package dev.baton.server.cli;

import dev.baton.slice.Books;
import dev.baton.slice.PipelineBooks;
import dev.baton.slice.WorkerBooks;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What `status` shows of a look at the books.
final class StatusFields {

    private StatusFields() {}

    /// @param stream as it was given
    static Map<String, Object> of(String stream, PipelineBooks.Look look) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("stream", stream);
        Collection<Books> slices = look.slices().values();
        if (slices.size() == 1) {
            fields.putAll(lead(slices.iterator().next()));
        } else {
            fields.put("led", slices.stream().filter(StatusFields::isLed).count());
        }
        fields.put("waiting", look.sum(Books::waiting));
        fields.put("backlog", look.sum(Books::backlog));
        fields.put("stream_entries", look.sum(Books::stream));
        fields.put("dead_letters", look.sum(Books::dead));
        fields.put("gaps", look.sum(Books::gaps));
        fields.putAll(look.ledger());
        fields.put("balanced", look.balanced());
        if (slices.size() > 1) {
            fields.put("slices", slices(look));
        }
        fields.put("workers", workers(slices));
        return fields;
    }

    /// Whether somebody owns a slice.
    static boolean isLed(Books books) {
        return !books.lead().getOrDefault("owner", "").isEmpty();
    }

    private static Map<String, Object> lead(Books books) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("node", books.node());
        fields.put("leader", isLed(books) ? books.lead().get("owner") : "nobody");
        fields.put("epoch", Long.parseLong(books.lead().getOrDefault("epoch", "0")));
        fields.put("watermark", books.lead().getOrDefault("watermark", "none"));
        fields.put("watermark_age_millis", books.watermarkAgeMillis());
        return fields;
    }

    private static List<Map<String, Object>> slices(PipelineBooks.Look look) {
        List<Map<String, Object>> all = new ArrayList<>();
        look.slices()
                .forEach(
                        (stream, books) -> {
                            Map<String, Object> one = new LinkedHashMap<>();
                            one.put("stream", stream);
                            one.putAll(lead(books));
                            one.put("lanes", (long) books.workers().size());
                            one.put("backlog", books.backlog());
                            one.put("stream_entries", books.stream());
                            one.put("balanced", books.balanced());
                            all.add(one);
                        });
        return all;
    }

    /// A worker has a lane in each slice; in how many, and what they hold together.
    private static List<Map<String, Object>> workers(Collection<Books> slices) {
        Map<String, Map<String, Object>> byId = new LinkedHashMap<>();
        for (Books books : slices) {
            for (WorkerBooks worker : books.workers()) {
                byId.computeIfAbsent(worker.id(), id -> new LinkedHashMap<>(Map.of("id", id)));
                Map<String, Object> one = byId.get(worker.id());
                Object state = WorkerRows.state(worker);
                one.merge("state", state, (before, now) -> before.equals(now) ? now : "mixed");
                one.merge("backlog", worker.backlog(), StatusFields::add);
                if (slices.size() > 1) {
                    one.merge("lanes", 1L, StatusFields::add);
                }
                one.putIfAbsent("host", worker.fields().getOrDefault("host", "?"));
            }
        }
        return List.copyOf(byId.values());
    }

    private static Object add(Object one, Object other) {
        return (long) one + (long) other;
    }
}
