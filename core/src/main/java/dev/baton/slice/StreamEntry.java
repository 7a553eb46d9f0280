package dev.baton.slice;

import io.lettuce.core.StreamMessage;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// One entry of a stream of a slice.
///
/// @param id as the store gave it: milliseconds, a dash, a number
/// @param fields in their order; of several of one name the last
public record StreamEntry(String id, Map<String, byte[]> fields) {

    static StreamEntry of(StreamMessage<byte[], byte[]> message) {
        Map<String, byte[]> fields = new LinkedHashMap<>();
        message.getBody()
                .forEach(
                        (name, value) ->
                                fields.put(new String(name, StandardCharsets.UTF_8), value));
        return new StreamEntry(message.getId(), fields);
    }

    /// One field as text.
    ///
    /// @return empty if it is not there
    public String text(String name) {
        byte[] value = fields.get(name);
        return value == null ? "" : new String(value, StandardCharsets.UTF_8);
    }

    /// Never shows the payload.
    @Override
    public String toString() {
        return "StreamEntry[" + id + ", " + fields.keySet() + "]";
    }
}
