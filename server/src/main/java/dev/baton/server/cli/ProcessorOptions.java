package dev.baton.server.cli;

import dev.baton.server.config.BadConfigurationException;
import dev.baton.server.processor.HttpHeader;
import dev.baton.server.processor.HttpSettings;
import dev.baton.server.processor.JsonataSettings;
import dev.baton.server.processor.Plugins;
import dev.baton.server.processor.ProcessorSource;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// What a worker does with messages.
final class ProcessorOptions {

    private static final String HELP = "help";
    private static final int MAX_DEPTH = 100_000;

    /// Stands for the name of any plugin.
    private static final String PLUGIN = "NAME";

    private static final Set<String> PLUGIN_OPTIONS = Set.of("--plugins", "--set", "--set-file");

    /// The names that a shell can know.
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.concat(ProcessorSource.BUILT_IN.stream(), Stream.of(HELP)).iterator();
        }
    }

    @Spec(Spec.Target.MIXEE)
    @Nullable CommandSpec command;

    @Option(
            names = "--processor",
            paramLabel = "NAME",
            defaultValue = "pass",
            completionCandidates = Names.class,
            description =
                    "pass (messages on unchanged), jsonata, http, or a plugin's name; help lists them (default: ${DEFAULT-VALUE})")
    String processor = "";

    @Option(
            names = "--jsonata",
            paramLabel = "EXPR",
            description =
                    "the expression whose result becomes the payload; nothing drops the message")
    @Nullable String jsonata;

    @Option(
            names = "--jsonata-file",
            paramLabel = "FILE",
            description = "file that holds the expression")
    @Nullable Path jsonataFile;

    @Option(
            names = "--jsonata-timeout",
            paramLabel = "TIME",
            defaultValue = "1s",
            description = "longest time for one message (default: ${DEFAULT-VALUE})")
    Duration jsonataTimeout = Duration.ZERO;

    @Option(
            names = "--jsonata-max-depth",
            paramLabel = "N",
            defaultValue = "500",
            description =
                    "how deep evaluations may be nested; a call takes about five (default: ${DEFAULT-VALUE})")
    int jsonataMaxDepth;

    @Option(
            names = "--http-url",
            paramLabel = "URL",
            description = "the service that messages are posted to")
    @Nullable String httpUrl;

    @Option(
            names = "--http-header-file",
            paramLabel = "FILE",
            description = "file with more headers, 'Name: value' a line, such as Authorization")
    @Nullable Path httpHeaderFile;

    @Option(
            names = "--http-ca",
            paramLabel = "FILE",
            description =
                    "PEM file with the certificates that may sign the service's (default: those Java trusts)")
    @Nullable Path httpCa;

    @Option(
            names = "--http-timeout",
            paramLabel = "TIME",
            defaultValue = "10s",
            description =
                    "longest time for one request in all; shorter than --process-timeout (default: ${DEFAULT-VALUE})")
    Duration httpTimeout = Duration.ZERO;

    @Option(
            names = "--http-connect-timeout",
            paramLabel = "TIME",
            defaultValue = "2s",
            description = "longest time to connect (default: ${DEFAULT-VALUE})")
    Duration httpConnectTimeout = Duration.ZERO;

    @Option(
            names = "--http-connections",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "most requests of one worker under way at once; 0 for as many as --concurrency (default: ${DEFAULT-VALUE})")
    int httpConnections;

    @Option(
            names = "--http-max-response-bytes",
            paramLabel = "BYTES",
            defaultValue = "1048576",
            description = "the longest answer that is read (default: ${DEFAULT-VALUE})")
    int httpMaxResponseBytes;

    @Option(
            names = "--http-emit",
            paramLabel = "WHAT",
            defaultValue = "response",
            description =
                    "what a success puts into the stream: response (the answer's body; none drops the message) or message (as it came) (default: ${DEFAULT-VALUE})")
    HttpSettings.Emit httpEmit = HttpSettings.Emit.response;

    @Option(
            names = "--http-batch",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "messages in one request, as a JSON array; no more than --concurrency (default: ${DEFAULT-VALUE})")
    int httpBatch;

    @Option(
            names = "--http-linger",
            paramLabel = "TIME",
            defaultValue = "5ms",
            description = "how long a request waits for more messages (default: ${DEFAULT-VALUE})")
    Duration httpLinger = Duration.ZERO;

    @Option(
            names = "--plugins",
            paramLabel = "PATH",
            split = ",",
            description = "jars with processors, or directories of such jars")
    @Nullable List<Path> plugins;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            split = ",",
            description = "a setting of the plugin; may be given several times")
    @Nullable Map<String, String> set;

    @Option(
            names = "--set-file",
            paramLabel = "FILE",
            description = "file with settings of the plugin, 'key=value' a line; for secrets")
    @Nullable Path setFile;

    /// Prints what there is, if that is asked for.
    ///
    /// @return whether it was
    boolean listed() {
        if (!processor.equals(HELP)) {
            return false;
        }
        try (Plugins found = Plugins.load(pluginPaths())) {
            System.out.print(found.list());
        }
        return true;
    }

    /// Checks everything that can be checked before a processor is made.
    ///
    /// @throws BadConfigurationException if something is wrong or does not go together
    ProcessorSource source(WorkerOptions worker) {
        refuseStrangers();
        return switch (processor) {
            case "pass" -> ProcessorSource.passOn();
            case "jsonata" -> ProcessorSource.jsonata(jsonataSettings(worker));
            case "http" -> ProcessorSource.http(httpSettings(worker));
            default -> plugin();
        };
    }

    /// What is given for another processor was probably not meant to be forgotten.
    private void refuseStrangers() {
        CommandSpec all = Objects.requireNonNull(command, "picocli fills it in");
        for (OptionSpec option : all.options()) {
            String owner = owner(option.longestName());
            boolean fits =
                    owner == null
                            || (owner.equals(PLUGIN)
                                    ? !ProcessorSource.isBuiltIn(processor)
                                    : owner.equals(processor));
            if (!fits && isGiven(all, option)) {
                throw new BadConfigurationException(
                        option.longestName()
                                + " means nothing to the processor '"
                                + processor
                                + "'; give --processor "
                                + owner);
            }
        }
    }

    /// On the command line; or anywhere, for what has no default.
    private static boolean isGiven(CommandSpec all, OptionSpec option) {
        return all.commandLine().getParseResult().hasMatchedOption(option)
                || (option.defaultValue() == null && option.getValue() != null);
    }

    /// The processor that an option is for, [#PLUGIN] for any plugin, or null.
    private static @Nullable String owner(String option) {
        if (PLUGIN_OPTIONS.contains(option)) {
            return PLUGIN;
        }
        return ProcessorSource.BUILT_IN.stream()
                .filter(name -> option.equals("--" + name) || option.startsWith("--" + name + "-"))
                .findFirst()
                .orElse(null);
    }

    private ProcessorSource plugin() {
        Plugins found = Plugins.load(pluginPaths());
        try {
            return ProcessorSource.plugin(found, processor, pluginSettings());
        } catch (RuntimeException e) {
            found.close();
            throw e;
        }
    }

    private List<Path> pluginPaths() {
        return plugins == null ? List.of() : plugins;
    }

    private Map<String, String> pluginSettings() {
        Map<String, String> settings = new LinkedHashMap<>();
        if (setFile != null) {
            Properties file = new Properties();
            try (Reader reader = Files.newBufferedReader(setFile)) {
                file.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                throw new BadConfigurationException(
                        "--set-file: cannot read " + setFile + "; check its name and permissions",
                        e);
            }
            file.stringPropertyNames().forEach(key -> settings.put(key, file.getProperty(key)));
        }
        if (set != null) {
            settings.putAll(set);
        }
        return settings;
    }

    private JsonataSettings jsonataSettings(WorkerOptions worker) {
        if ((jsonata == null) == (jsonataFile == null)) {
            throw new BadConfigurationException(
                    "--processor jsonata takes an expression: give --jsonata EXPR or --jsonata-file FILE");
        }
        positive("--jsonata-timeout", jsonataTimeout);
        new Bounds("--jsonata-max-depth", 1, MAX_DEPTH).check(jsonataMaxDepth);
        Path file = jsonataFile;
        return new JsonataSettings(
                file == null ? String.valueOf(jsonata) : expression(file),
                file == null ? "--jsonata" : file.toString(),
                jsonataTimeout,
                jsonataMaxDepth,
                worker.maxPayloadBytes);
    }

    private static String expression(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new BadConfigurationException(
                    "--jsonata-file: cannot read " + file + "; check its name and permissions", e);
        }
    }

    private HttpSettings httpSettings(WorkerOptions worker) {
        if (httpUrl == null) {
            throw new BadConfigurationException(
                    "--processor http takes an address: give --http-url URL");
        }
        positive("--http-timeout", httpTimeout);
        positive("--http-connect-timeout", httpConnectTimeout);
        Bounds.atLeast("--http-connections", 0).check(httpConnections);
        Bounds.atLeast("--http-max-response-bytes", 1).check(httpMaxResponseBytes);
        new Bounds("--http-batch", 1, HttpSettings.MAX_BATCH).check(httpBatch);
        checkTogether(worker);
        return new HttpSettings(
                HttpSettings.url(httpUrl),
                httpHeaderFile == null ? List.of() : HttpHeader.read(httpHeaderFile),
                httpCa,
                httpTimeout,
                httpConnectTimeout,
                httpConnections == 0 ? Math.max(1, worker.concurrency) : httpConnections,
                httpMaxResponseBytes,
                httpEmit,
                httpBatch,
                httpLinger,
                worker.maxRetryDelay);
    }

    private void checkTogether(WorkerOptions worker) {
        if (httpBatch > worker.concurrency) {
            throw new BadConfigurationException(
                    "--http-batch "
                            + httpBatch
                            + " takes as many messages at once; give --concurrency "
                            + httpBatch
                            + " or more");
        }
        if (httpTimeout.plus(httpLinger).compareTo(worker.processTimeout) >= 0) {
            throw new BadConfigurationException(
                    "--http-timeout and --http-linger together are to be shorter than --process-timeout, or a slow service costs the worker its lane");
        }
    }

    private static void positive(String option, Duration time) {
        if (time.isZero() || time.isNegative()) {
            throw new BadConfigurationException(option + " is longer than 0");
        }
    }
}
