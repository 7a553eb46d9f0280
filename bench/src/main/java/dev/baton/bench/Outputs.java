package dev.baton.bench;

import dev.baton.slice.SliceKeys;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The streams in which a subject's messages come out. Thread-safe.
final class Outputs {

    private static final byte[] OWNER = "owner".getBytes(StandardCharsets.UTF_8);

    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final List<byte[]> streams;
    private final List<byte[]> leads;

    /// @param slices how many the subject has; 0 for one stream and no slices
    Outputs(StatefulRedisConnection<byte[], byte[]> connection, String stream, int slices) {
        this.connection = connection;
        List<SliceKeys> keys = SliceKeys.of(stream, Math.max(1, slices));
        this.streams = keys.stream().map(one -> bytes(one.stream())).toList();
        this.leads = keys.stream().map(one -> bytes("{" + one.stream() + "}:lead")).toList();
    }

    /// Their keys.
    List<byte[]> streams() {
        return streams;
    }

    /// How many entries each has.
    private List<Long> lengths() {
        return streams.stream().map(connection.async()::xlen).toList().stream()
                .map(answer -> answer.toCompletableFuture().join())
                .toList();
    }

    /// How many entries they have together.
    long length() {
        return lengths().stream().mapToLong(Long::longValue).sum();
    }

    /// Whether something has come out of each.
    boolean allFlow() {
        return lengths().stream().allMatch(length -> length > 0);
    }

    /// Whether each slice has a leader.
    boolean allLed() {
        return leads.stream().allMatch(lead -> connection.sync().hexists(lead, OWNER));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
