package dev.baton.slice;

import java.util.Map;

/// A message that could not be processed.
///
/// @param id of its entry in the stream of dead letters
/// @param fields what is known of it beside the payload: `reason`, `error`, `attempts`, `crashes`, `position`, `worker`, and
///     `channel` and `message_id` where known
/// @param payload as it was published
public record DeadLetter(String id, Map<String, String> fields, byte[] payload) {

    /// One field.
    ///
    /// @return empty if it is not known
    public String field(String name) {
        return fields.getOrDefault(name, "");
    }

    /// Never shows the payload.
    @Override
    public String toString() {
        return "DeadLetter[" + id + ", " + field("reason") + "]";
    }
}
