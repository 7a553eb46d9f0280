package dev.baton.server.cli;

import dev.baton.server.config.BadConfigurationException;
import dev.baton.source.Listening;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What is listened to.
final class ChannelOptions {

    private static final String DEFAULT_CHANNEL = "messages:published";

    @Option(
            names = "--channel",
            paramLabel = "NAME",
            split = ",",
            description =
                    "channel to listen to; may be repeated (default: " + DEFAULT_CHANNEL + ")")
    List<String> channels = List.of();

    @Option(
            names = "--pattern",
            paramLabel = "GLOB",
            description = "listen to every channel that fits, in place of --channel")
    @Nullable String pattern;

    @Option(
            names = "--sharded",
            description =
                    "listen to sharded channels, to which SPUBLISH publishes; several need one hash tag")
    boolean sharded;

    Listening listening() {
        if (pattern != null) {
            if (!channels.isEmpty()) {
                throw new BadConfigurationException(
                        "--channel and --pattern exclude each other: a message would be heard twice");
            }
            if (sharded) {
                throw new BadConfigurationException(
                        "--pattern and --sharded exclude each other: Redis has no patterns for sharded channels");
            }
            return new Listening.Pattern(pattern);
        }
        if (sharded) {
            return new Listening.Sharded(channelsOrDefault());
        }
        return new Listening.Channels(channelsOrDefault());
    }

    /// The channel on which `run` publishes its own load.
    String loadChannel() {
        if (pattern != null) {
            throw new BadConfigurationException(
                    "run publishes on a channel; give --channel, not --pattern");
        }
        return channelsOrDefault().getFirst();
    }

    List<String> channelsOrDefault() {
        return channels.isEmpty() ? List.of(DEFAULT_CHANNEL) : channels;
    }
}
