package dev.baton.server.cli;

import dev.baton.server.config.BadConfigurationException;
import dev.baton.slice.SliceKeys;
import java.util.List;
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
            description =
                    "number of slices, each led by one dispatcher and a stream of its own; the same for every role of a stream; \"baton reslice\" changes it (default: ${DEFAULT-VALUE})")
    int slices;

    /// The keys of all slices.
    ///
    /// @throws BadConfigurationException if there are too few or too many
    List<SliceKeys> checked() {
        new Bounds("--slices", 1, SliceKeys.MAX_SLICES).check(slices);
        return SliceKeys.of(stream, slices);
    }
}
