package dev.baton.server.cli;

import dev.baton.server.config.BadConfigurationException;
import dev.baton.server.config.Configuration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/// The `baton` command.
@Command(
        name = "baton",
        description = "Redis Pub/Sub in, Redis Streams out, nothing dropped on the way.",
        versionProvider = Main.Version.class)
public final class Main {

    /// Options that are about the command line itself and have no place in a file.
    static final Set<String> META =
            Set.of(
                    "help",
                    "version",
                    "config",
                    "verbose",
                    "form",
                    "exit-code",
                    "watch",
                    "published",
                    "to",
                    "from",
                    "format",
                    "cancel");

    @Option(names = "--help", usageHelp = true, description = "show this help")
    boolean help;

    @Option(names = "--version", versionHelp = true, description = "show the version")
    boolean version;

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"baton " + (version == null ? "(not packaged)" : version)};
        }
    }

    private Main() {}

    /// Runs a command and ends the process with its exit code.
    ///
    /// @param args as the shell gives them
    public static void main(String[] args) {
        // Numbers look alike everywhere, so that what we print can be read by programs.
        Locale.setDefault(Locale.ROOT);
        Termination termination = new Termination();
        termination.install();
        termination.exit(execute(args, System.getenv(), termination));
    }

    /// Runs a command in this process.
    ///
    /// @return its exit code
    static int execute(String[] args, Map<String, String> environment, Termination termination) {
        boolean verbose = Arrays.asList(args).contains("--verbose");
        Configuration none = Configuration.read(Map.of(), null, Set.of());
        try {
            Set<String> known = keys(commandLine(termination, none));
            Configuration configuration =
                    Configuration.read(environment, configFile(args, environment), known);
            Complaints complaints = new Complaints(configuration, verbose);
            CommandLine line = commandLine(termination, configuration);
            line.setDefaultValueProvider(argument -> fromConfiguration(argument, configuration));
            line.setParameterExceptionHandler(complaints);
            line.setExecutionExceptionHandler(complaints);
            return line.execute(args);
        } catch (BadConfigurationException e) {
            return new Complaints(none, verbose).about(e);
        }
    }

    /// All commands, with nothing configured but what they need.
    static CommandLine commandLine(Termination termination, Configuration configuration) {
        CommandLine line = new CommandLine(new Main());
        line.addSubcommand(new RunCommand(termination));
        line.addSubcommand(new DispatcherCommand(termination));
        line.addSubcommand(new WorkerCommand(termination));
        line.addSubcommand(new PublishCommand(termination));
        line.addSubcommand(new StatusCommand(termination));
        line.addSubcommand(new AuditCommand());
        line.addSubcommand(new TailCommand(termination));
        line.addSubcommand(new GapsCommand());
        line.addSubcommand(new LanesCommand());
        CommandLine workers = new CommandLine(new WorkersCommand(termination));
        workers.addSubcommand(
                "quiet",
                described(
                        new WorkerWish(true),
                        "Have a worker take nothing new and finish what it has."));
        workers.addSubcommand(
                "live", described(new WorkerWish(false), "Have a worker take entries again."));
        line.addSubcommand("workers", workers);
        line.addSubcommand(new ResliceCommand(termination));
        line.addSubcommand(new ChaosCommand(termination));
        CommandLine config = new CommandLine(new ConfigCommand());
        config.addSubcommand(
                "print",
                described(
                        new ConfigCheck(true, configuration),
                        "Show each value and where it came from, then check them."));
        config.addSubcommand(
                "validate",
                described(
                        new ConfigCheck(false, configuration),
                        "Check the values that the roles would be given."));
        line.addSubcommand("config", config);
        CommandLine dead = new CommandLine(new DeadCommand());
        dead.addSubcommand("ls", described(new DeadList(false), "List dead letters."));
        dead.addSubcommand(
                "show", described(new DeadList(true), "Show dead letters with their payloads."));
        dead.addSubcommand(
                "replay",
                described(
                        new DeadAction(DeadAction.What.REPLAY),
                        "Make messages of dead letters again, and have them processed."));
        dead.addSubcommand(
                "discard",
                described(new DeadAction(DeadAction.What.DISCARD), "Delete dead letters."));
        line.addSubcommand("dead", dead);
        line.addSubcommand(
                "pause",
                described(
                        new PauseCommand(true),
                        "Have the leaders hold what they hear, as far as their buffers reach."));
        line.addSubcommand("resume", described(new PauseCommand(false), "Have the leaders go on."));
        line.addSubcommand(new AclCommand());
        line.addSubcommand(new CompletionCommand());
        line.registerConverter(Duration.class, new DurationConverter());
        line.setUsageHelpAutoWidth(true);
        return line;
    }

    private static CommandLine described(Object command, String what) {
        CommandLine line = new CommandLine(command);
        line.getCommandSpec().usageMessage().description(what);
        return line;
    }

    private static Set<String> keys(CommandLine line) {
        Set<String> keys = new TreeSet<>();
        collect(line.getCommandSpec(), keys);
        keys.removeAll(META);
        return keys;
    }

    private static void collect(CommandSpec spec, Set<String> keys) {
        spec.options().forEach(option -> keys.add(key(option)));
        spec.subcommands().values().forEach(sub -> collect(sub.getCommandSpec(), keys));
    }

    /// The option's name in files and, in capitals, in the environment.
    static String key(OptionSpec option) {
        return option.longestName().replaceFirst("^-+", "");
    }

    private static @Nullable Path configFile(String[] args, Map<String, String> environment) {
        List<String> list = Arrays.asList(args);
        for (String arg : list) {
            if (arg.startsWith("--config=")) {
                return Path.of(arg.substring("--config=".length()));
            }
        }
        int at = list.indexOf("--config");
        if (at >= 0 && at + 1 < list.size()) {
            return Path.of(list.get(at + 1));
        }
        String named = environment.get("BATON_CONFIG");
        return named == null ? null : Path.of(named);
    }

    private static @Nullable String fromConfiguration(
            ArgSpec argument, Configuration configuration) {
        if (argument instanceof OptionSpec option && !META.contains(key(option))) {
            Configuration.Value value = configuration.value(key(option));
            return value == null ? null : value.text();
        }
        return null;
    }
}
