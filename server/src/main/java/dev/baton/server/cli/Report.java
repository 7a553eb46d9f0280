package dev.baton.server.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Prints names and values as a table, JSON or YAML. Values are text, numbers, truth values, or lists of further maps.
final class Report {

    /// The forms a user may ask for.
    enum Format {
        table,
        json,
        yaml
    }

    private Report() {}

    static void print(PrintStream out, Format format, Map<String, Object> fields) {
        switch (format) {
            case table -> indented(out, fields, "", "%s%-16s %s%n");
            case yaml -> indented(out, fields, "", "%s%s: %s%n");
            case json -> {
                try (JsonGenerator json =
                        new JsonFactory().createGenerator(ObjectWriteContext.empty(), out)) {
                    write(json, fields);
                }
                out.println();
            }
        }
    }

    private static void indented(
            PrintStream out, Map<String, Object> fields, String indent, String line) {
        for (Entry<String, Object> field : fields.entrySet()) {
            if (field.getValue() instanceof List<?> list) {
                out.printf(line, indent, field.getKey(), list.isEmpty() ? "[]" : "");
                for (Object element : list) {
                    String marker = indent + "  - ";
                    for (Entry<String, Object> inner : map(element).entrySet()) {
                        out.printf(line, marker, inner.getKey(), inner.getValue());
                        marker = indent + "    ";
                    }
                }
            } else {
                out.printf(line, indent, field.getKey(), field.getValue());
            }
        }
    }

    private static void write(JsonGenerator json, Map<String, Object> fields) {
        json.writeStartObject();
        fields.forEach(
                (name, value) -> {
                    json.writeName(name);
                    switch (value) {
                        case Number number -> json.writeNumber(number.longValue());
                        case Boolean truth -> json.writeBoolean(truth);
                        case List<?> list -> {
                            json.writeStartArray();
                            list.forEach(element -> write(json, map(element)));
                            json.writeEndArray();
                        }
                        default -> json.writeString(value.toString());
                    }
                });
        json.writeEndObject();
    }

    @SuppressWarnings("unchecked") // lists hold maps, as the class says
    private static Map<String, Object> map(Object element) {
        return (Map<String, Object>) element;
    }
}
