package dev.baton.server.cli;

import dev.baton.server.config.BadConfigurationException;
import picocli.CommandLine.Option;

/// Which pipeline.
final class StreamOptions {

    @Option(
            names = "--stream",
            paramLabel = "NAME",
            defaultValue = "messages:processed",
            description = "output stream; all keys carry its name (default: ${DEFAULT-VALUE})")
    String stream = "";

    @Option(
            names = "--slices",
            paramLabel = "N",
            defaultValue = "1",
            description = "number of slices; this version knows 1 (default: ${DEFAULT-VALUE})")
    int slices;

    /// @throws BadConfigurationException if this version cannot do it
    String checked() {
        if (slices != 1) {
            throw new BadConfigurationException(
                    "--slices " + slices + ": this version runs one slice; leave it out or give 1");
        }
        return stream;
    }
}
