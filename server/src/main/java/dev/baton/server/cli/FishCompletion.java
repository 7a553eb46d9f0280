package dev.baton.server.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// A completion script for fish, from the commands as they are declared: one line a command, one an option.
final class FishCompletion {

    private final CommandSpec root;

    FishCompletion(CommandSpec root) {
        this.root = root;
    }

    String script() {
        List<String> lines = new ArrayList<>();
        lines.add("# fish completion for " + root.name() + "; made by 'baton completion fish'");
        lines.add("complete -c " + root.name() + " -f");
        describe(root, List.of(), lines);
        return String.join("\n", lines) + "\n";
    }

    /// @param path the commands that lead to this one, itself included, the root not
    private void describe(CommandSpec spec, List<String> path, List<String> lines) {
        String within = condition(spec, path);
        for (Map.Entry<String, CommandLine> sub : spec.subcommands().entrySet()) {
            String about =
                    String.join(" ", sub.getValue().getCommandSpec().usageMessage().description());
            lines.add(line(within, " -a " + sub.getKey(), about));
        }
        for (OptionSpec option : spec.options()) {
            lines.add(line(within, names(option) + value(option), about(option)));
        }
        spec.positionalParameters()
                .forEach(parameter -> lines.add(line(within, value(parameter), about(parameter))));
        spec.subcommands()
                .forEach(
                        (name, sub) -> {
                            List<String> deeper = new ArrayList<>(path);
                            deeper.add(name);
                            describe(sub.getCommandSpec(), deeper, lines);
                        });
    }

    /// True behind this command, and in front of any of its subcommands.
    private static String condition(CommandSpec spec, List<String> path) {
        List<String> terms = new ArrayList<>();
        path.forEach(name -> terms.add("__fish_seen_subcommand_from " + name));
        if (!spec.subcommands().isEmpty()) {
            terms.add(
                    "not __fish_seen_subcommand_from "
                            + String.join(" ", spec.subcommands().keySet()));
        }
        return String.join("; and ", terms);
    }

    private String line(String condition, String what, String about) {
        return "complete -c %s -n %s%s -d %s"
                .formatted(root.name(), quoted(condition), what, quoted(about));
    }

    private static String names(OptionSpec option) {
        StringBuilder names = new StringBuilder();
        for (String name : option.names()) {
            names.append(name.startsWith("--") ? " -l " : " -s ")
                    .append(name.replaceFirst("^-+", ""));
        }
        return names.toString();
    }

    /// What may follow: nothing, one of some words, a file, or anything.
    private static String value(ArgSpec argument) {
        if (argument.arity().max() == 0) {
            return "";
        }
        List<String> words = new ArrayList<>();
        if (argument.completionCandidates() != null) {
            argument.completionCandidates().forEach(words::add);
        } else if (argument.type().isEnum()) {
            for (Object constant : argument.type().getEnumConstants()) {
                words.add(constant.toString());
            }
        }
        if (!words.isEmpty()) {
            return " -x -a " + quoted(String.join(" ", words));
        }
        return argument.type() == Path.class ? " -r -F" : " -x";
    }

    private static String about(ArgSpec argument) {
        return String.join(" ", argument.description());
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
