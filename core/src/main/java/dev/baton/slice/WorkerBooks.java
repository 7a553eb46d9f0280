package dev.baton.slice;

import java.util.Map;

/// One worker in the books.
///
/// @param id the worker
/// @param fields everything its hash holds
/// @param backlog entries in its lane
public record WorkerBooks(String id, Map<String, String> fields, long backlog) {

    /// Whether an operator wants it to take nothing new.
    public boolean wishedQuiet() {
        return "quiet".equals(fields.get("wish"));
    }

    /// Whether it takes entries.
    public boolean live() {
        return "live".equals(fields.get("state")) && !wishedQuiet();
    }

    /// What is known of a consumer that was given entries after its worker had left; the leader takes them back.
    static final Map<String, String> GONE = Map.of("state", WorkerState.LOST.text());
}
