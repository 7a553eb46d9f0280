package dev.baton.source;

/// Whether a server is a primary or follows one.
final class Role {

    private Role() {}

    /// Finds it in what `INFO replication` says.
    static boolean isReplica(String info) {
        return info.lines().anyMatch(line -> line.strip().equals("role:slave"));
    }
}
