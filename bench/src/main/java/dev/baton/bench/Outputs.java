package dev.baton.bench;

import dev.baton.slice.SliceKeys;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The streams in which a subject's messages come out. Thread-safe but for {@link #grown}.
final class Outputs {

    /// What the streams may hold together before their oldest entries go: a server that must ask for new memory for each
    /// message measures the price of that.
    private static final long MAX_HELD_BYTES = 256 << 20;

    private static final byte[] OWNER = "owner".getBytes(StandardCharsets.UTF_8);

    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final List<byte[]> streams;
    private final List<byte[]> leads;
    private final long mostEntries;
    private long gone;

    /// @param slices how many the subject has; 0 for one stream and no slices
    /// @param bytes of a message
    Outputs(
            StatefulRedisConnection<byte[], byte[]> connection,
            String stream,
            int slices,
            int bytes) {
        this.connection = connection;
        this.mostEntries = MAX_HELD_BYTES / bytes / Math.max(1, slices);
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

    /// How many have come out since it was made; lets go of the oldest where there are many. For one thread.
    long grown() {
        List<Long> lengths = lengths();
        long grown = gone + lengths.stream().mapToLong(Long::longValue).sum();
        for (int i = 0; i < lengths.size(); i++) {
            if (lengths.get(i) > mostEntries) {
                gone += connection.sync().xtrim(streams.get(i), true, mostEntries);
            }
        }
        return grown;
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
