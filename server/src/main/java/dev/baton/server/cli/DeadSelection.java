package dev.baton.server.cli;

import dev.baton.server.config.BadConfigurationException;
import dev.baton.slice.DeadLetter;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Which dead letters.
final class DeadSelection {

    @Parameters(
            paramLabel = "ID",
            arity = "0..*",
            description = "ids of dead letters, or message ids")
    List<String> ids = List.of();

    @Option(names = "--all", description = "all of them")
    boolean all;

    @Option(
            names = "--match",
            paramLabel = "FIELD=VALUE",
            description =
                    "those with this value in reason, error, worker, message_id, channel or position; a * stands for any characters; several must all fit")
    Map<String, String> match = Map.of();

    /// @throws BadConfigurationException if nothing is selected
    void check() {
        if (ids.isEmpty() && !all && match.isEmpty()) {
            throw new BadConfigurationException(
                    "which ones? give ids, --match FIELD=VALUE or --all");
        }
        if (all && !ids.isEmpty()) {
            throw new BadConfigurationException("give ids or --all, not both");
        }
    }

    /// Whether nothing was said about which.
    boolean open() {
        return ids.isEmpty() && match.isEmpty();
    }

    boolean selects(DeadLetter letter) {
        Set<String> wanted = new HashSet<>(ids);
        boolean named =
                wanted.isEmpty()
                        || wanted.contains(letter.id())
                        || wanted.contains(letter.field("message_id"));
        return named
                && match.entrySet().stream()
                        .allMatch(each -> fits(letter.field(each.getKey()), each.getValue()));
    }

    /// Without regular expressions, whose time has no bound: the parts between the stars stand in the value, in their order.
    static boolean fits(String value, String pattern) {
        String[] parts = pattern.split("\\*", -1);
        if (parts.length == 1) {
            return value.equals(pattern);
        }
        if (!value.startsWith(parts[0])) {
            return false;
        }
        int at = parts[0].length();
        for (int i = 1; i < parts.length - 1; i++) {
            int found = value.indexOf(parts[i], at);
            if (found < 0) {
                return false;
            }
            at = found + parts[i].length();
        }
        String last = parts[parts.length - 1];
        return value.length() - last.length() >= at && value.endsWith(last);
    }
}
