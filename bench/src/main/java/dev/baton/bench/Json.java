package dev.baton.bench;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// Writes JSON: objects, texts and numbers.
final class Json {

    private Json() {}

    /// @param fields by name, in order; values are texts, numbers and further such maps
    static String object(Map<?, ?> fields) {
        return fields.entrySet().stream()
                .map(field -> text(field.getKey().toString()) + ":" + value(field.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static String value(Object value) {
        return switch (value) {
            case Map<?, ?> map -> object(map);
            case Double number when number.isNaN() || number.isInfinite() -> "null";
            case Double number -> String.format(Locale.ROOT, "%.3f", number);
            case Number number -> number.toString();
            default -> text(value.toString());
        };
    }

    /// A text in quotation marks.
    static String text(String text) {
        StringBuilder out = new StringBuilder("\"");
        text.chars()
                .forEach(
                        each -> {
                            if (each == '"' || each == '\\') {
                                out.append('\\').append((char) each);
                            } else if (each < ' ') {
                                out.append("\\u%04x".formatted(each));
                            } else {
                                out.append((char) each);
                            }
                        });
        return out.append('"').toString();
    }
}
