package dev.baton.server.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Prints things of one kind: a line each under the names of their values, or as JSON or YAML.
final class Rows {

    private Rows() {}

    /// @param name of them all
    static void print(
            PrintStream out, Report.Format format, String name, List<Map<String, Object>> rows) {
        if (format == Report.Format.table) {
            lines(rows).forEach(out::println);
            out.flush();
        } else {
            Report.print(out, format, Map.of(name, rows));
        }
    }

    /// Numbers stand at the right of their column. What a row does not have is a dash.
    static List<String> lines(List<Map<String, Object>> rows) {
        Set<String> names = new LinkedHashSet<>();
        rows.forEach(row -> names.addAll(row.keySet()));
        List<StringBuilder> lines = new ArrayList<>();
        for (int i = 0; i <= rows.size(); i++) {
            lines.add(new StringBuilder());
        }
        for (String name : names) {
            boolean number =
                    rows.stream().allMatch(row -> row.getOrDefault(name, 0L) instanceof Number);
            List<String> column = new ArrayList<>(List.of(name.toUpperCase(Locale.ROOT)));
            rows.forEach(row -> column.add(Visible.text(row.getOrDefault(name, "-").toString())));
            int width = column.stream().mapToInt(String::length).max().orElse(0);
            for (int i = 0; i < column.size(); i++) {
                StringBuilder line = lines.get(i);
                line.append(line.isEmpty() ? "" : "  ");
                String blank = " ".repeat(width - column.get(i).length());
                line.append(number ? blank + column.get(i) : column.get(i) + blank);
            }
        }
        return names.isEmpty()
                ? List.of()
                : lines.stream().map(line -> line.toString().stripTrailing()).toList();
    }
}
