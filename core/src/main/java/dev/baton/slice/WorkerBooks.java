package dev.baton.slice;

import java.util.Map;

/// One worker in the books.
///
/// @param id the worker
/// @param fields everything its hash holds
/// @param backlog entries in its lane
public record WorkerBooks(String id, Map<String, String> fields, long backlog) {}
