package dev.baton.server.config;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.source.yaml.YamlConfigSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
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

    /// What a file may hold without saying anything: comments, document marks, keys without a value.
    private static final Pattern SAYS_NOTHING =
            Pattern.compile("\\s*(#.*|---.*|\\.\\.\\.|[\\w-]+:\\s*(#.*)?)?");

    private final Map<String, Value> values;

    private Configuration(Map<String, Value> values) {
        this.values = values;
    }

    /// A value and where it came from.
    ///
    /// @param text as written
    /// @param origin for people: the variable, or the file
    public record Value(String text, String origin) {

        /// Whether it came from the environment.
        public boolean isVariable() {
            return origin.startsWith(PREFIX);
        }
    }

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
            if (isElementOfList(name)) {
                continue;
            }
            if (!known.contains(name)) {
                throw unknown("key '" + name + "' in " + file, name, known);
            }
            String text = config.getConfigValue(name).getValue();
            if (text != null) {
                boolean fromEnvironment = variables.containsKey(name);
                values.put(
                        name,
                        new Value(text, fromEnvironment ? variable(name) : String.valueOf(file)));
            }
        }
        return new Configuration(values);
    }

    /// The reader gives a list twice: as a whole under its key, and each element under `key[0]` and so on.
    private static boolean isElementOfList(String name) {
        return name.matches("[^\\[]+\\[\\d+]");
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
        return PREFIX + key.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    private static YamlConfigSource yaml(Path file) {
        try {
            if (!Files.isReadable(file)) {
                throw new BadConfigurationException(
                        "cannot read the configuration file "
                                + file
                                + "; check its name and permissions");
            }
            String text = Files.readString(file);
            YamlConfigSource source = new YamlConfigSource(file.toString(), text, FILE_ORDINAL);
            if (source.getPropertyNames().isEmpty()
                    && !text.lines().allMatch(Configuration::saysNothing)) {
                throw new BadConfigurationException(
                        file + " does not give values to names; write lines such as 'lease: 4s'");
            }
            return source;
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
        String nearest = NearestName.of(key, known);
        return new BadConfigurationException(
                "unknown " + what + (nearest == null ? "" : "; did you mean '" + nearest + "'?"));
    }

    private static boolean saysNothing(String line) {
        return SAYS_NOTHING.matcher(line).matches();
    }

    /// The keys that have a value, in order.
    public Set<String> keys() {
        return Collections.unmodifiableSet(values.keySet());
    }

    /// The value of a key, or null if neither says anything.
    public @Nullable Value value(String key) {
        return values.get(key);
    }
}
