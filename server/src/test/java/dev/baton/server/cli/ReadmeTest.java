package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.redis.RedisAddress;
import dev.baton.server.config.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/// The tables of the README, and of the documents on options and processors, say what the commands are.
class ReadmeTest {

    private static final List<String> TOLD_OF = List.of("run", "dispatcher", "worker", "publish");

    /// Defaults that depend on something, as the table puts it.
    private static final Map<String, String> IN_WORDS =
            Map.of(
                    "--redis", RedisAddress.DEFAULT,
                    "--source", "as --redis",
                    "--store", "as --redis",
                    "--tls-ca", "those of Java");

    /// Runs a module of its own, which the launcher knows and picocli does not.
    private static final Set<String> OF_THE_LAUNCHER = Set.of("bench");

    private static final Pattern DEFAULT = Pattern.compile("\\(default: ([^$)]*)\\)$");

    private final CommandLine root =
            Main.commandLine(new Termination(), Configuration.read(Map.of(), null, Set.of()));

    @Test
    void everyOptionOfTheRolesIsInATableWithItsDefaultAndNoOtherIs() throws IOException {
        Map<String, String> told = new TreeMap<>();
        for (List<String> row : rows("option")) {
            List<String> columns = row.subList(1, row.size());
            for (String column : columns) {
                String[] cell = column.split("=", 2);
                add(told, cell[0], row.getFirst(), cell[1]);
            }
        }
        Map<String, String> known = new TreeMap<>();
        for (String command : TOLD_OF) {
            for (OptionSpec option : command(command).getCommandSpec().options()) {
                known.put(command + " " + option.longestName(), defaultOf(option));
            }
        }

        Map<String, String> expected = new TreeMap<>(known);
        Map<String, String> found = new TreeMap<>();
        known.keySet()
                .forEach(
                        key -> {
                            String name = key.substring(key.indexOf(' ') + 1);
                            String one = told.getOrDefault(key, told.get("* " + name));
                            found.put(key, one == null ? "(in no table)" : one);
                        });
        expected.entrySet().removeIf(entry -> entry.getValue().equals(found.get(entry.getKey())));
        assertThat(expected).as("options and defaults that are told otherwise").isEmpty();
        assertThat(told.keySet())
                .as("options that are none")
                .allMatch(
                        key ->
                                key.startsWith("* ")
                                        ? TOLD_OF.stream()
                                                .anyMatch(
                                                        command ->
                                                                known.containsKey(
                                                                        command + key.substring(1)))
                                        : known.containsKey(key));
    }

    @Test
    void everyCommandIsInTheTableAndNoOtherIs() throws IOException {
        Set<String> told = new TreeSet<>();
        for (List<String> row : rows("command")) {
            String parent = "";
            for (String name : row.getFirst().split(", ", -1)) {
                String words = name.replaceAll(" [A-Z]+", "");
                told.add(parent.isEmpty() || words.contains(" ") ? words : parent + " " + words);
                parent = words.contains(" ") ? words.split(" ", -1)[0] : parent;
            }
        }
        told.removeAll(OF_THE_LAUNCHER);
        Set<String> known = new TreeSet<>();
        root.getSubcommands()
                .forEach(
                        (name, command) -> {
                            if (command.getCommand() instanceof Runnable
                                    || command.getCommand() instanceof Callable) {
                                known.add(name);
                            }
                            command.getSubcommands()
                                    .keySet()
                                    .forEach(inner -> known.add(name + " " + inner));
                        });

        assertThat(told).isEqualTo(known);
    }

    private CommandLine command(String name) {
        return Objects.requireNonNull(root.getSubcommands().get(name));
    }

    private static String defaultOf(OptionSpec option) {
        String inWords = IN_WORDS.get(option.longestName());
        if (inWords != null) {
            return inWords;
        }
        if (option.defaultValue() != null) {
            return option.defaultValue();
        }
        if (option.arity().max() == 0) {
            return "off";
        }
        Matcher said = DEFAULT.matcher(String.join(" ", option.description()));
        return said.find() ? said.group(1) : "none";
    }

    /// @param where `default` for every command, or the command of the column
    private static void add(Map<String, String> told, String where, String names, String defaults) {
        List<String> options = Arrays.asList(names.split(", "));
        List<String> values =
                options.size() == 1 ? List.of(defaults) : Arrays.asList(defaults.split(", "));
        for (int i = 0; i < options.size(); i++) {
            String value = values.size() == 1 ? values.getFirst() : values.get(i);
            if (!value.equals("–")) {
                String key = (where.equals("default") ? "*" : where) + " " + options.get(i);
                // The README repeats some.
                assertThat(value).as(key).isEqualTo(told.getOrDefault(key, value));
                told.put(key, value);
            }
        }
    }

    /// Rows of the tables whose first column has this heading: the first cell, then `heading=cell` for each that has one.
    private static List<List<String>> rows(String heading) throws IOException {
        List<List<String>> rows = new ArrayList<>();
        List<String> headings = List.of();
        List<String> lines = new ArrayList<>(Files.readAllLines(top().resolve("README.md")));
        lines.add("");
        lines.addAll(Files.readAllLines(top().resolve("docs/options.md")));
        lines.add("");
        lines.addAll(Files.readAllLines(top().resolve("docs/processors.md")));
        for (String line : lines) {
            List<String> cells = cells(line);
            if (cells.isEmpty()) {
                headings = List.of();
            } else if (headings.isEmpty()) {
                headings = cells;
            } else if (headings.getFirst().equals(heading) && !cells.getFirst().startsWith("---")) {
                Map<String, String> row = new LinkedHashMap<>();
                for (int i = 1; i < cells.size(); i++) {
                    row.put(headings.get(i), cells.get(i));
                }
                List<String> all = new ArrayList<>(List.of(cells.getFirst()));
                row.forEach(
                        (name, cell) -> {
                            if (!name.isEmpty() && !name.equals("does")) {
                                all.add(name + "=" + cell);
                            }
                        });
                rows.add(all);
            }
        }
        assertThat(rows).as("a table of each " + heading).isNotEmpty();
        return rows;
    }

    private static List<String> cells(String line) {
        if (!line.startsWith("| ")) {
            return List.of();
        }
        return Arrays.stream(line.substring(1, line.lastIndexOf('|')).split("\\|", -1))
                .map(cell -> cell.replace("`", "").strip())
                .toList();
    }

    /// Tests run in the module's folder, or in the one above.
    private static Path top() {
        return Files.exists(Path.of("README.md")) ? Path.of("") : Path.of("..");
    }
}
