package dev.baton.server.config;

import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.source.yaml.YamlConfigSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the environment and the configuration file say. A key is an option's long name: `--worker-timeout` is
/// `worker-timeout` in the file and `BATON_WORKER_TIMEOUT` in the environment. Immutable.
public final class Configuration {

    /// Variables of the launcher, and the one that names the file.
    private static final Set<String> NOT_OPTIONS =
            Set.of("BATON_JAVA_HOME", "BATON_JAVA_OPTS", "BATON_CONFIG");

    private static final String PREFIX = "BATON_";
    private static final int ENVIRONMENT_ORDINAL = 300;
    private static final int FILE_ORDINAL = 100;

    /// A suggestion is made for a key that is at most so many edits away.
    private static final int MAX_SUGGESTED_EDITS = 3;

    private final Map<String, Value> values;

    private Configuration(Map<String, Value> values) {
        this.values = values;
    }

    /// A value and where it came from.
    ///
    /// @param text as written
    /// @param origin for people: the variable, or the file and its line
    public record Value(String text, String origin) {}

    /// Reads both.
    ///
    /// @param environment the process' own
    /// @param file the configuration file, or null if none was named
    /// @param known the keys that exist
    /// @throws BadConfigurationException if the file cannot be read or a key does not exist
    public static Configuration read(
            Map<String, String> environment, @Nullable Path file, Set<String> known) {
        SmallRyeConfigBuilder builder = new SmallRyeConfigBuilder();
        Map<String, String> variables = variables(environment, known);
        builder.withSources(
                new PropertiesConfigSource(variables, "environment", ENVIRONMENT_ORDINAL));
        if (file != null) {
            builder.withSources(yaml(file));
        }
        SmallRyeConfig config = builder.build();
        Map<String, Value> values = new TreeMap<>();
        for (String name : config.getPropertyNames()) {
            String key = name.replaceAll("\\[\\d+]$", "");
            if (!known.contains(key)) {
                throw unknown("key '" + key + "' in " + file, key, known);
            }
            ConfigValue value = config.getConfigValue(name);
            if (value.getValue() != null) {
                String origin =
                        variables.containsKey(name)
                                ? PREFIX + variable(name)
                                : file
                                        + (value.getLineNumber() > 0
                                                ? ":" + value.getLineNumber()
                                                : "");
                values.merge(
                        key,
                        new Value(value.getValue(), origin),
                        (one, other) -> new Value(one.text() + "," + other.text(), one.origin()));
            }
        }
        return new Configuration(values);
    }

    private static Map<String, String> variables(
            Map<String, String> environment, Set<String> known) {
        Map<String, String> variables = new HashMap<>();
        environment.forEach(
                (name, value) -> {
                    if (name.startsWith(PREFIX) && !NOT_OPTIONS.contains(name)) {
                        String key =
                                name.substring(PREFIX.length())
                                        .toLowerCase(Locale.ROOT)
                                        .replace('_', '-');
                        if (!known.contains(key)) {
                            throw unknown("variable " + name, key, known);
                        }
                        variables.put(key, value);
                    }
                });
        return variables;
    }

    private static String variable(String key) {
        return key.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    private static YamlConfigSource yaml(Path file) {
        try {
            if (!Files.isReadable(file)) {
                throw new BadConfigurationException(
                        "cannot read the configuration file "
                                + file
                                + "; check its name and permissions");
            }
            return new YamlConfigSource(file.toString(), Files.readString(file), FILE_ORDINAL);
        } catch (IOException e) {
            throw new BadConfigurationException("cannot read " + file + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            if (e instanceof BadConfigurationException known) {
                throw known;
            }
            throw new BadConfigurationException(file + " is no YAML: " + firstLine(e), e);
        }
    }

    private static String firstLine(Throwable e) {
        String message = e.getMessage();
        return message == null ? e.toString() : message.lines().findFirst().orElse("");
    }

    private static BadConfigurationException unknown(String what, String key, Set<String> known) {
        String nearest = "";
        int least = MAX_SUGGESTED_EDITS + 1;
        for (String candidate : known) {
            int edits = edits(key, candidate);
            if (edits < least || (edits == least && candidate.compareTo(nearest) < 0)) {
                least = edits;
                nearest = candidate;
            }
        }
        String hint = least <= MAX_SUGGESTED_EDITS ? "; did you mean '" + nearest + "'?" : "";
        return new BadConfigurationException("unknown " + what + hint);
    }

    /// How many letters must be put in, taken out or changed to make one word of another.
    private static int edits(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int changed = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[to.length()];
    }

    /// The value of a key, or null if neither says anything.
    public @Nullable Value value(String key) {
        return values.get(key);
    }
}
