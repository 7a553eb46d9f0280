package dev.baton.source;

import io.lettuce.core.RedisException;

/// What tells one process of a server from another, also from the same server restarted.
final class RunId {

    private static final String FIELD = "run_id:";

    private RunId() {}

    /// Finds it in what `INFO server` says.
    ///
    /// @throws RedisException if it is not there
    static String of(String info) {
        return info.lines()
                .filter(line -> line.startsWith(FIELD))
                .map(line -> line.substring(FIELD.length()).strip())
                .findFirst()
                .orElseThrow(() -> new RedisException("INFO does not name a run_id"));
    }
}
