package dev.baton.server.cli;

import java.io.PrintStream;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Prints names and values as a table, JSON or YAML. Values are text, numbers, truth values, further maps, or
/// lists of them.
final class Report {

    /// The forms a user may ask for.
    enum Format {
        table,
        json,
        yaml
    }

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z/][\\w./-]*(:[\\w./-]+)*");
    private static final Pattern NOT_TEXT =
            Pattern.compile("true|false|yes|no|on|off|y|n|null", Pattern.CASE_INSENSITIVE);

    private Report() {}

    static void print(PrintStream out, Format format, Map<String, Object> fields) {
        switch (format) {
            case table ->
                    indented(fields, "", width(fields), Report::visible).forEach(out::println);
            case yaml -> indented(fields, "", 0, Report::scalar).forEach(out::println);
            case json -> out.println(json(fields));
        }
        out.flush();
    }

    private static Object visible(Object value) {
        return value instanceof String text ? Visible.text(text) : value;
    }

    private static int width(Map<String, Object> fields) {
        return fields.keySet().stream().mapToInt(String::length).max().orElse(0);
    }

    /// On one line, and with nothing in it that would steer a terminal.
    static String json(Map<String, Object> fields) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json =
                new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
            write(json, fields);
        }
        return Visible.text(text.toString());
    }

    /// @param width of the column of names, 0 for `name: value`
    private static List<String> indented(
            Map<String, Object> fields, String indent, int width, UnaryOperator<Object> form) {
        List<String> lines = new ArrayList<>();
        fields.forEach(
                (name, value) -> {
                    String shown = Visible.text(name);
                    String label =
                            width == 0 ? shown + ":" : shown + " ".repeat(width - name.length());
                    switch (value) {
                        case List<?> list when list.isEmpty() -> lines.add(indent + label + " []");
                        case List<?> list -> {
                            lines.add(indent + label.stripTrailing());
                            list.forEach(
                                    element ->
                                            lines.addAll(
                                                    element(map(element), indent, width, form)));
                        }
                        case Map<?, ?> inner -> {
                            lines.add(indent + label.stripTrailing());
                            lines.addAll(indented(map(inner), indent + "  ", width, form));
                        }
                        default -> lines.add(indent + label + " " + form.apply(value));
                    }
                });
        return lines;
    }

    /// The first line of a list's element carries the mark.
    private static List<String> element(
            Map<String, Object> fields, String indent, int width, UnaryOperator<Object> form) {
        int ownWidth = width == 0 ? 0 : width(fields);
        List<String> lines = new ArrayList<>(indented(fields, indent + "    ", ownWidth, form));
        lines.set(0, indent + "  - " + lines.getFirst().substring(indent.length() + 4));
        return lines;
    }

    /// Text that YAML could take for something else, or that would steer a terminal, stands in quotes, as JSON writes it.
    private static Object scalar(Object value) {
        if (!(value instanceof String text) || isPlain(text)) {
            return value;
        }
        StringWriter quoted = new StringWriter();
        try (JsonGenerator json =
                new JsonFactory().createGenerator(ObjectWriteContext.empty(), quoted)) {
            json.writeString(text);
        }
        return Visible.text(quoted.toString());
    }

    private static boolean isPlain(String text) {
        return PLAIN.matcher(text).matches() && !NOT_TEXT.matcher(text).matches();
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
                        case Map<?, ?> inner -> write(json, map(inner));
                        default -> json.writeString(value.toString());
                    }
                });
        json.writeEndObject();
    }

    @SuppressWarnings("unchecked") // as the class says
    private static Map<String, Object> map(Object element) {
        return (Map<String, Object>) element;
    }
}
