package dev.baton.server.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The configuration, seen and checked.
@Command(name = "config", description = "Show or check the configuration.")
final class ConfigCommand {

    @Option(names = "--help", usageHelp = true, description = "show this help")
    boolean help;
}
