package dev.baton.server.cli;

import dev.baton.dispatch.DispatcherSettings;
import dev.baton.dispatch.Overflow;
import dev.baton.redis.RedisAddress;
import dev.baton.server.config.Configuration;
import dev.baton.worker.WorkerSettings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `config validate` checks what the roles would be given; `config print` also shows each value and its origin.
@Command
final class ConfigCheck implements Callable<Integer> {

    /// User and password of an address; a password alone may stand without a colon.
    private static final Pattern LOGIN = Pattern.compile("//([^:/@]*:)?.*@");

    private final boolean print;
    private final Configuration configuration;

    @Spec @Nullable CommandSpec spec;

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin StreamOptions stream = new StreamOptions();
    @Mixin TransportOptions transport = new TransportOptions();
    @Mixin DispatcherOptions dispatcher = new DispatcherOptions();
    @Mixin WorkerOptions worker = new WorkerOptions();
    @Mixin ProcessorOptions processor = new ProcessorOptions();
    @Mixin RoleOptions role = new RoleOptions();
    @Mixin CommonOptions common = new CommonOptions();

    @Option(
            names = {"-o", "--form"},
            paramLabel = "FORM",
            defaultValue = "table",
            description = "table, json or yaml (default: ${DEFAULT-VALUE})")
    Report.Format output = Report.Format.table;

    ConfigCheck(boolean print, Configuration configuration) {
        this.print = print;
        this.configuration = configuration;
    }

    /// Prints before it checks, so that it helps to find what is wrong.
    @Override
    public Integer call() {
        if (print) {
            Map<String, Object> values = values();
            Report.print(
                    System.out, output, output == Report.Format.table ? onOneLine(values) : values);
        }
        stream.checked();
        DispatcherSettings forDispatcher =
                dispatcher
                        .settings(
                                role.name(),
                                redis.sourceAddress(),
                                redis.storeAddress(),
                                stream,
                                role.beat)
                        .toBuilder()
                        .transport(transport.transport)
                        .build();
        WorkerSettings forWorker =
                worker.settings(role.name(), redis.storeAddress(), stream, role.beat).toBuilder()
                        .transport(transport.transport)
                        .build();
        processor.source(worker).close();
        if (!print) {
            System.err.println(
                    "the configuration is valid (dispatcher on "
                            + forDispatcher.source()
                            + ", worker on "
                            + forWorker.store()
                            + ")");
        }
        return ExitCode.FINE;
    }

    /// Every value a role is given, then what the environment or the file says to other commands.
    private Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        CommandSpec shown = Objects.requireNonNull(spec, "picocli fills it in");
        for (OptionSpec option : shown.options()) {
            String key = Main.key(option);
            if (!Main.META.contains(key)) {
                values.put(key, value(text(key, option.getValue()), origin(shown, option, key)));
            }
        }
        for (String key : configuration.keys()) {
            Configuration.Value other = configuration.value(key);
            if (other != null) {
                values.putIfAbsent(key, value(other.text(), other.origin()));
            }
        }
        return values;
    }

    private static Map<String, Object> value(String text, String origin) {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("value", LOGIN.matcher(text).replaceAll("//$1***@"));
        value.put("origin", origin);
        return value;
    }

    private static Map<String, Object> onOneLine(Map<String, Object> values) {
        Map<String, Object> lines = new LinkedHashMap<>();
        values.forEach(
                (key, value) -> {
                    if (value instanceof Map<?, ?> both) {
                        lines.put(key, both.get("value") + "  (" + both.get("origin") + ")");
                    }
                });
        return lines;
    }

    /// As it would be written on the command line; for what has no fixed default, what will be taken.
    private String text(String key, @Nullable Object value) {
        return switch (key) {
            case "redis" -> redis.redis == null ? RedisAddress.DEFAULT : redis.redis;
            case "source" -> redis.source == null ? "as redis" : redis.source;
            case "store" -> redis.store == null ? "as redis" : redis.store;
            case "id" -> role.id == null ? "made up at start" : role.id;
            case "channel" ->
                    dispatcher.channel.pattern == null
                            ? String.join(",", dispatcher.channel.channelsOrDefault())
                            : "none";
            default ->
                    switch (value) {
                        case null -> "none";
                        case Map<?, ?> settings -> "values of " + settings.keySet();
                        case List<?> list ->
                                String.join(",", list.stream().map(Object::toString).toList());
                        case Duration duration -> DurationConverter.text(duration);
                        case Overflow overflow ->
                                overflow.name().toLowerCase(Locale.ROOT).replace('_', '-');
                        default -> value.toString();
                    };
        };
    }

    private String origin(CommandSpec shown, OptionSpec option, String key) {
        if (shown.commandLine().getParseResult().hasMatchedOption(option)) {
            return "flag";
        }
        Configuration.Value configured = configuration.value(key);
        return configured == null ? "default" : configured.origin();
    }
}
