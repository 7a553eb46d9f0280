package dev.baton.server.cli;

import dev.baton.redis.LoginRefusedException;
import dev.baton.redis.RedisUnreachableException;
import dev.baton.redis.TlsRefusedException;
import dev.baton.redis.UnfitStoreException;
import dev.baton.server.chaos.FaultUnavailableException;
import dev.baton.server.config.BadConfigurationException;
import dev.baton.server.config.Configuration;
import dev.baton.server.config.NearestName;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// Says on standard error, in one line, what went wrong, and names the exit code that goes with it.
final class Complaints implements IParameterExceptionHandler, IExecutionExceptionHandler {

    private static final String START_IT =
            "; start it, or give another address with --redis, --source or --store";
    private static final String SEE_CONFIG =
            "; 'baton config print' shows each value and where it came from";

    private final Configuration configuration;
    private final boolean verbose;

    /// @param configuration where a value may have come from
    /// @param verbose whether stack traces are wanted
    Complaints(Configuration configuration, boolean verbose) {
        this.configuration = configuration;
        this.verbose = verbose;
    }

    @Override
    public int handleParseException(ParameterException failure, String[] args) {
        CommandLine command = failure.getCommandLine();
        if (isNothingGiven(failure)) {
            command.usage(System.err);
            return ExitCode.USAGE;
        }
        Configuration.@Nullable Value culprit = configured(failure, args);
        if (culprit != null) {
            say(inConfiguration(failure, culprit));
            return ExitCode.BAD_CONFIGURATION;
        }
        say(
                failure instanceof UnmatchedArgumentException unmatched
                        ? unknown(unmatched)
                        : failure.getMessage());
        System.err.println("see '" + command.getCommandSpec().qualifiedName() + " --help'");
        return ExitCode.USAGE;
    }

    private static boolean isNothingGiven(ParameterException failure) {
        CommandLine command = failure.getCommandLine();
        return !command.getSubcommands().isEmpty()
                && command.getParseResult().matchedArgs().isEmpty()
                && !(failure instanceof UnmatchedArgumentException);
    }

    /// The variable's or the file's value that could not be read, or null if it was the command line's.
    private Configuration.@Nullable Value configured(ParameterException failure, String[] args) {
        if (!(failure.getArgSpec() instanceof OptionSpec option)) {
            return null;
        }
        boolean onCommandLine =
                Arrays.stream(args)
                        .anyMatch(
                                arg ->
                                        Arrays.stream(option.names())
                                                .anyMatch(
                                                        name ->
                                                                arg.equals(name)
                                                                        || arg.startsWith(
                                                                                name + "=")));
        return onCommandLine ? null : configuration.value(Main.key(option));
    }

    private static String inConfiguration(ParameterException failure, Configuration.Value value) {
        String key = Main.key((OptionSpec) failure.getArgSpec());
        String place = value.isVariable() ? value.origin() : "'" + key + "' in " + value.origin();
        return String.valueOf(failure.getMessage()).replace("option '--" + key + "'", place);
    }

    private static String unknown(UnmatchedArgumentException failure) {
        CommandSpec spec = failure.getCommandLine().getCommandSpec();
        String given = failure.getUnmatched().getFirst();
        boolean isOption = given.startsWith("-");
        String name = given.replaceFirst("=.*", "");
        List<String> known =
                isOption
                        ? spec.options().stream()
                                .flatMap(option -> Stream.of(option.names()))
                                .toList()
                        : List.copyOf(spec.subcommands().keySet());
        String nearest = NearestName.of(name, known);
        return (isOption ? "unknown option " : known.isEmpty() ? "unexpected " : "unknown command ")
                + "'"
                + name
                + "'"
                + (nearest == null ? "" : "; did you mean '" + nearest + "'?");
    }

    @Override
    public int handleExecutionException(
            Exception failure, CommandLine command, ParseResult parsed) {
        return about(failure);
    }

    /// Complains about a failure.
    ///
    /// @return the exit code
    int about(Throwable failure) {
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        int code =
                switch (failure) {
                    case RedisUnreachableException unreachable -> ExitCode.UNREACHABLE;
                    case FaultUnavailableException unavailable -> ExitCode.UNREACHABLE;
                    case LoginRefusedException refused -> ExitCode.BAD_CONFIGURATION;
                    case TlsRefusedException untrusted -> ExitCode.BAD_CONFIGURATION;
                    case UnfitStoreException unfit -> ExitCode.BAD_CONFIGURATION;
                    case BadConfigurationException bad -> ExitCode.BAD_CONFIGURATION;
                    case IllegalArgumentException bad -> ExitCode.BAD_CONFIGURATION;
                    default -> ExitCode.FAILURE;
                };
        say(
                switch (failure) {
                    case RedisUnreachableException unreachable -> message + START_IT;
                    case IllegalArgumentException bad ->
                            "bad configuration: " + message + SEE_CONFIG;
                    default -> message;
                });
        if (verbose) {
            printTrace(failure, System.err);
        }
        return code;
    }

    /// Without the cause of a bad configuration: it may repeat an address with its password.
    private static void printTrace(Throwable failure, PrintStream out) {
        if (failure instanceof BadConfigurationException && failure.getCause() != null) {
            out.println(failure);
            Arrays.stream(failure.getStackTrace()).forEach(frame -> out.println("\tat " + frame));
        } else {
            failure.printStackTrace(out);
        }
    }

    private static void say(@Nullable String what) {
        System.err.println("baton: " + what);
    }
}
