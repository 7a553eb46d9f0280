package dev.baton.server.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What every command has.
final class CommonOptions {

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description =
                    "YAML file with values for options, by their long names; also BATON_CONFIG")
    @Nullable Path config;

    @Option(names = "--verbose", description = "show stack traces")
    boolean verbose;

    @Option(names = "--help", usageHelp = true, description = "show this help")
    boolean help;
}
