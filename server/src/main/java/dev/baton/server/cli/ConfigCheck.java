package dev.baton.server.cli;

import dev.baton.dispatch.DispatcherSettings;
import dev.baton.server.config.Configuration;
import dev.baton.slice.SliceKeys;
import dev.baton.worker.WorkerSettings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
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

    private static final java.util.regex.Pattern PASSWORD =
            java.util.regex.Pattern.compile("(//[^:/@]*:)[^@]*@");

    private final boolean print;
    private final Configuration configuration;

    @Spec @Nullable CommandSpec spec;

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin StreamOptions stream = new StreamOptions();
    @Mixin DispatcherOptions dispatcher = new DispatcherOptions();
    @Mixin WorkerOptions worker = new WorkerOptions();
    @Mixin RoleOptions role = new RoleOptions();
    @Mixin CommonOptions common = new CommonOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORM",
            defaultValue = "table",
            description = "table, json or yaml (default: ${DEFAULT-VALUE})")
    Report.Format output = Report.Format.table;

    ConfigCheck(boolean print, Configuration configuration) {
        this.print = print;
        this.configuration = configuration;
    }

    @Override
    public Integer call() {
        SliceKeys keys = new SliceKeys(stream.checked());
        DispatcherSettings forDispatcher =
                dispatcher.settings(
                        role.name(),
                        redis.sourceAddress(),
                        redis.storeAddress(),
                        keys.stream(),
                        role.beat);
        WorkerSettings forWorker =
                worker.settings(role.name(), redis.storeAddress(), keys.stream(), role.beat);
        if (print) {
            Report.print(System.out, output, values());
        } else {
            System.err.println(
                    "the configuration is valid (dispatcher on "
                            + forDispatcher.source()
                            + ", worker on "
                            + forWorker.store()
                            + ")");
        }
        return ExitCode.FINE;
    }

    private Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        CommandSpec shown = spec;
        if (shown == null) {
            return values;
        }
        for (OptionSpec option : shown.options()) {
            String key = Main.key(option);
            if (!Main.META.contains(key)) {
                Object value = option.getValue();
                String text =
                        value == null ? "-" : PASSWORD.matcher(text(value)).replaceAll("$1***@");
                values.put(key, text + "  (" + origin(shown, option, key) + ")");
            }
        }
        return values;
    }

    private static String text(Object value) {
        return value instanceof java.time.Duration duration
                ? duration.toMillis() + "ms"
                : value.toString();
    }

    private String origin(CommandSpec shown, OptionSpec option, String key) {
        if (shown.commandLine().getParseResult().hasMatchedOption(option)) {
            return "flag";
        }
        Configuration.Value configured = configuration.value(key);
        return configured == null ? "default" : configured.origin();
    }
}
