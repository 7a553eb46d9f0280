package dev.baton.server.cli;

import picocli.CommandLine.Option;

/// In which form a command prints what it found.
final class OutputOptions {

    @Option(
            names = {"-o", "--form"},
            paramLabel = "FORM",
            defaultValue = "table",
            description = "table, json or yaml (default: ${DEFAULT-VALUE})")
    Report.Format output = Report.Format.table;
}
