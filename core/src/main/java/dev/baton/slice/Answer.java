package dev.baton.slice;

import dev.baton.Position;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A script's raw answer, field by field.
record Answer(List<Object> fields) {

    /// The first field: what became of the call.
    String status() {
        return text(0);
    }

    int size() {
        return fields.size();
    }

    String text(int at) {
        return new String(bytes(at), StandardCharsets.UTF_8);
    }

    byte[] bytes(int at) {
        return (byte[]) fields.get(at);
    }

    /// The fields from a place on, all of them bytes.
    List<byte[]> rest(int from) {
        List<byte[]> rest = new ArrayList<>(Math.max(0, size() - from));
        for (int at = from; at < size(); at++) {
            rest.add(bytes(at));
        }
        return rest;
    }

    long number(int at) {
        Object field = fields.get(at);
        return field instanceof Long number ? number : Long.parseLong(text(at));
    }

    Position position(int at) {
        return Position.parse(text(at));
    }

    @Nullable Position positionOrNull(int at) {
        String text = text(at);
        return text.isEmpty() ? null : Position.parse(text);
    }

    /// A hash that came as names and values in turn.
    @SuppressWarnings("unchecked") // the client's own type for nested answers
    Map<String, String> map(int at) {
        Answer pairs = new Answer((List<Object>) fields.get(at));
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i + 1 < pairs.size(); i += 2) {
            map.put(pairs.text(i), pairs.text(i + 1));
        }
        return map;
    }

    @SuppressWarnings("unchecked") // the client's own type for nested answers
    Answer nested(int at) {
        return new Answer((List<Object>) fields.get(at));
    }

    IllegalStateException unexpected(Script script) {
        return new IllegalStateException(script.fileName() + " answered '" + status() + "'");
    }
}
