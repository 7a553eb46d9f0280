package dev.baton.bench;

/// What is measured.
enum Subject {
    /// The [ReferenceBridge].
    REFERENCE,
    /// Dispatchers and workers.
    BATON,
    /// The same with a consumer group.
    GROUP,
    /// What the server does for a message, part by part: see [Parts].
    PARTS;

    /// The transport of its roles, as it is given to them.
    String transport() {
        return this == GROUP ? "group" : "lists";
    }
}
