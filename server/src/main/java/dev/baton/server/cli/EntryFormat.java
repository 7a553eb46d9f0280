package dev.baton.server.cli;

import dev.baton.server.config.BadConfigurationException;
import dev.baton.slice.StreamEntry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How `tail` writes an entry: as JSON, or by a template. Always one line, in which no value steers a terminal.
sealed interface EntryFormat {

    /// @param slice the stream of the slice
    String line(String slice, StreamEntry entry);

    /// @param text `json`, or a template: `{name}` stands for a field, for `id`, `time` or `stream`; `{{` and `}}` for braces; `\t`
    ///     and `\n` for tab and new line
    /// @throws BadConfigurationException if a brace is not closed
    static EntryFormat of(String text) {
        return text.equals("json") ? new Json() : Template.of(text);
    }

    /// What is known of an entry, its own fields last.
    private static Map<String, Object> values(String slice, StreamEntry entry) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("id", entry.id());
        values.put("time", EntryId.parse(entry.id()).time());
        values.put("stream", slice);
        entry.fields()
                .forEach(
                        (name, value) ->
                                values.put(name, new String(value, StandardCharsets.UTF_8)));
        return values;
    }

    /// All fields.
    record Json() implements EntryFormat {
        @Override
        public String line(String slice, StreamEntry entry) {
            return Report.json(values(slice, entry));
        }
    }

    /// Some fields.
    ///
    /// @param parts literal text and names of fields in turn, text first
    record Template(List<String> parts) implements EntryFormat {

        static Template of(String text) {
            List<String> parts = new ArrayList<>();
            StringBuilder literal = new StringBuilder();
            for (int at = 0; at < text.length(); at++) {
                char one = text.charAt(at);
                char next = at + 1 < text.length() ? text.charAt(at + 1) : 0;
                if ((one == '{' || one == '}') && next == one) {
                    literal.append(one);
                    at++;
                } else if (one == '\\' && (next == 't' || next == 'n')) {
                    literal.append(next == 't' ? '\t' : '\n');
                    at++;
                } else if (one == '{') {
                    int end = text.indexOf('}', at);
                    if (end < 0) {
                        throw new BadConfigurationException(
                                "--format: a { that is not closed; {{ stands for a brace");
                    }
                    parts.add(literal.toString());
                    parts.add(text.substring(at + 1, end));
                    literal.setLength(0);
                    at = end;
                } else {
                    literal.append(one);
                }
            }
            parts.add(literal.toString());
            return new Template(parts);
        }

        /// A field that is not there is empty.
        @Override
        public String line(String slice, StreamEntry entry) {
            Map<String, Object> values = values(slice, entry);
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < parts.size(); i++) {
                String part = parts.get(i);
                line.append(
                        i % 2 == 0 ? part : Visible.text(values.getOrDefault(part, "").toString()));
            }
            return line.toString();
        }
    }
}
