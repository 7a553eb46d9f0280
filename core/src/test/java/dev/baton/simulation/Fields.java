package dev.baton.simulation;

import dev.baton.Position;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the fields of a stream's entry.
final class Fields {

    private Fields() {}

    static byte @Nullable [] value(List<byte[]> namesAndValues, String name) {
        for (int i = 0; i + 1 < namesAndValues.size(); i += 2) {
            if (new String(namesAndValues.get(i), StandardCharsets.UTF_8).equals(name)) {
                return namesAndValues.get(i + 1);
            }
        }
        return null;
    }

    static @Nullable String text(List<byte[]> namesAndValues, String name) {
        byte[] value = value(namesAndValues, name);
        return value == null ? null : new String(value, StandardCharsets.UTF_8);
    }

    static Position position(List<byte[]> namesAndValues) {
        return position(namesAndValues, "position");
    }

    static Position position(List<byte[]> namesAndValues, String name) {
        String text = text(namesAndValues, name);
        if (text == null) {
            throw new IllegalArgumentException("no field " + name);
        }
        return Position.parse(text);
    }
}
