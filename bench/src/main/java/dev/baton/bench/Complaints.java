package dev.baton.bench;

import dev.baton.server.config.NearestName;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// Says on standard error, in one line, what went wrong.
final class Complaints implements IParameterExceptionHandler, IExecutionExceptionHandler {

    /// A measurement failed, or something was lost.
    static final int FAILURE = 1;

    /// The command line cannot be.
    static final int USAGE = 2;

    @Override
    public int handleParseException(ParameterException failure, String[] args) {
        say(
                failure instanceof UnmatchedArgumentException unmatched
                        ? unknown(unmatched)
                        : failure.getMessage());
        System.err.println("see 'baton bench --help'");
        return USAGE;
    }

    private static String unknown(UnmatchedArgumentException failure) {
        String given = failure.getUnmatched().getFirst().replaceFirst("=.*", "");
        if (!given.startsWith("-")) {
            return "unexpected '" + given + "'";
        }
        List<String> known =
                failure.getCommandLine().getCommandSpec().options().stream()
                        .flatMap(option -> Stream.of(option.names()))
                        .toList();
        String nearest = NearestName.of(given, known);
        return "unknown option '"
                + given
                + "'"
                + (nearest == null ? "" : "; did you mean '" + nearest + "'?");
    }

    @Override
    public int handleExecutionException(
            Exception failure, CommandLine command, ParseResult parsed) {
        say(failure.getMessage() == null ? failure.toString() : failure.getMessage());
        return failure instanceof BadOptionException ? USAGE : FAILURE;
    }

    private static void say(@Nullable String what) {
        System.err.println("baton: " + what);
    }
}
