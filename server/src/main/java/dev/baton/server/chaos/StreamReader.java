package dev.baton.server.chaos;

import dev.baton.redis.StoreConnection;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Reads a stream from where it last stopped. Not thread-safe.
final class StreamReader {

    /// Fields of an entry, values as bytes.
    record Fields(Map<String, byte[]> values) {
        @Nullable String text(String name) {
            byte[] value = values.get(name);
            return value == null ? null : new String(value, StandardCharsets.UTF_8);
        }

        byte[] bytes(String name) {
            return values.getOrDefault(name, new byte[0]);
        }
    }

    private final byte[] key;
    private final int page;
    private @Nullable String last;

    /// @param key the stream
    /// @param page entries in one read
    StreamReader(String key, int page) {
        this.key = key.getBytes(StandardCharsets.UTF_8);
        this.page = page;
    }

    /// The id of the last entry that was read, empty if there was none.
    String last() {
        return last == null ? "" : last;
    }

    /// Hands over everything that is new.
    ///
    /// @param each takes id and fields
    void read(StoreConnection connection, BiConsumer<String, Fields> each) {
        List<StreamMessage<byte[], byte[]>> entries;
        do {
            Range<String> range =
                    last == null
                            ? Range.unbounded()
                            : Range.from(
                                    Range.Boundary.excluding(last), Range.Boundary.unbounded());
            entries = connection.sync().xrange(key, range, Limit.from(page));
            for (StreamMessage<byte[], byte[]> entry : entries) {
                Map<String, byte[]> values = new HashMap<>();
                entry.getBody()
                        .forEach(
                                (name, value) ->
                                        values.put(
                                                new String(name, StandardCharsets.UTF_8), value));
                each.accept(entry.getId(), new Fields(values));
                last = entry.getId();
            }
        } while (entries.size() == page);
    }
}
