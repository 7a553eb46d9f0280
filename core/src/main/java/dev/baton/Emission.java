package dev.baton;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One entry that a message puts into a stream: the fields `message_id`, `payload`, `worker`, `position`, and more if wanted.
///
/// @param payload any bytes
/// @param stream null for the output stream; else another stream of the same slice, whose key is `{T}:to:<name>`
/// @param fields more fields, at most [#MAX_FIELDS], none named like one of ours
public record Emission(byte[] payload, @Nullable String stream, Map<String, String> fields) {

    /// Most fields beside ours.
    public static final int MAX_FIELDS = 100;

    private static final Set<String> OURS =
            Set.of("message_id", "payload", "worker", "position", "channel");
    private static final Pattern STREAM = Pattern.compile("[\\w.-]{1,200}");

    /// @throws IllegalArgumentException if a name is not allowed, or there are too many
    public Emission {
        fields = Map.copyOf(fields);
        if (stream != null && !STREAM.matcher(stream).matches()) {
            throw new IllegalArgumentException(
                    "a stream's name has 1 to 200 letters, digits, dots, dashes and underscores");
        }
        if (fields.size() > MAX_FIELDS) {
            throw new IllegalArgumentException("more than " + MAX_FIELDS + " fields");
        }
        for (String name : fields.keySet()) {
            if (name.isEmpty() || OURS.contains(name)) {
                throw new IllegalArgumentException("a field cannot be named '" + name + "'");
            }
        }
    }

    /// An entry of the output stream.
    ///
    /// @param payload any bytes
    public static Emission of(byte[] payload) {
        return new Emission(payload, null, Map.of());
    }

    /// An entry of the output stream with this text, as UTF-8.
    public static Emission of(String payload) {
        return of(payload.getBytes(StandardCharsets.UTF_8));
    }

    /// The same with one more field.
    public Emission with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(fields);
        more.put(name, value);
        return new Emission(payload, stream, more);
    }

    /// The same in another stream of the slice.
    ///
    /// @param name 1 to 200 letters, digits, dots, dashes and underscores
    public Emission to(String name) {
        return new Emission(payload, name, fields);
    }

    /// Never shows the payload.
    @Override
    public String toString() {
        return "Emission[" + payload.length + " bytes]";
    }
}
