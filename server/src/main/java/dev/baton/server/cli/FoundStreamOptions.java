package dev.baton.server.cli;

import dev.baton.redis.RedisConnector;
import dev.baton.slice.SliceCount;
import dev.baton.slice.SliceKeys;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which pipeline, for commands that look at one or act on it; the store says how many slices it has.
final class FoundStreamOptions {

    @Option(
            names = "--stream",
            paramLabel = "NAME",
            defaultValue = "messages:processed",
            description = "output stream of the pipeline (default: ${DEFAULT-VALUE})")
    String stream = "";

    @Option(
            names = "--slices",
            paramLabel = "N",
            description = "number of its slices (default: as the store says)")
    @Nullable Integer slices;

    /// The keys of all slices.
    ///
    /// @throws dev.baton.server.config.BadConfigurationException if there are too few or too many
    /// @throws dev.baton.redis.UnfitStoreException if the number was given and the store has another
    List<SliceKeys> find(RedisConnector connector) {
        Integer given = slices;
        if (given == null) {
            OptionalInt found = SliceCount.find(connector, stream);
            if (found.isEmpty()) {
                System.err.printf(
                        "this user may not look up how many slices '%s' has, so it is taken to have one; give --slices%n",
                        stream);
            }
            return SliceKeys.of(stream, found.orElse(1));
        }
        new Bounds("--slices", 1, SliceKeys.MAX_SLICES).check(given);
        List<SliceKeys> keys = SliceKeys.of(stream, given);
        SliceCount.check(connector, stream, given);
        return keys;
    }
}
