package dev.baton.bench;

import dev.baton.slice.SliceKeys;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The streams in which a subject's messages come out. Thread-safe but for [#grown].
final class Outputs {

    /// Payload that the streams may hold together before their oldest entries go, or what is measured is what the machine charges a
    /// server for new memory with each message. Little enough to be reached while a subject warms up.
    static final long MAX_HELD_BYTES = 64 << 20;

    /// Streams are cut when they are so much longer than they may be.
    private static final double SLACK = 1.05;

    private static final byte[] OWNER = "owner".getBytes(StandardCharsets.UTF_8);

    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final List<byte[]> streams;
    private final List<byte[]> leads;
    private final long mostEntries;
    private final List<RedisFuture<Long>> cuts = new ArrayList<>();
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
        this.leads = keys.stream().map(SliceKeys::lead).toList();
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
        // Asked for behind the cuts.
        List<Long> lengths = lengths();
        cuts.forEach(cut -> gone += cut.toCompletableFuture().join());
        cuts.clear();
        for (int i = 0; i < lengths.size(); i++) {
            if (lengths.get(i) > SLACK * mostEntries) {
                cuts.add(connection.async().xtrim(streams.get(i), true, mostEntries));
            }
        }
        return gone + lengths.stream().mapToLong(Long::longValue).sum();
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
