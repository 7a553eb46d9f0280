package dev.baton.server.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Dead letters.
@Command(name = "dead", description = "List, show, replay or discard dead letters.")
final class DeadCommand {

    @Option(names = "--help", usageHelp = true, description = "show this help")
    boolean help;
}
