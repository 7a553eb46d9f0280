package dev.baton.source;

import java.util.List;

/// What to listen to. Subscriptions may not overlap, or a message would arrive twice; so it is exact channels, or
/// exactly one pattern.
public sealed interface Listening {

    /// Exact channels.
    ///
    /// @param channels at least one, none twice
    record Channels(List<String> channels) implements Listening {
        public Channels {
            channels = List.copyOf(channels);
            if (channels.isEmpty() || channels.stream().distinct().count() != channels.size()) {
                throw new IllegalArgumentException(
                        "name at least one channel, and none twice: " + channels);
            }
        }
    }

    /// Every channel that fits one pattern.
    ///
    /// @param pattern as `PSUBSCRIBE` takes it
    record Pattern(String pattern) implements Listening {}

    /// Whether messages come from more than one channel, so that each must carry its channel's name.
    default boolean several() {
        return !(this instanceof Channels exact && exact.channels().size() == 1);
    }

    /// The name whose slot decides at which node of a cluster everybody listens, in whatever order channels are given.
    default String leading() {
        return switch (this) {
            case Channels exact -> exact.channels().stream().sorted().findFirst().orElseThrow();
            case Pattern one -> one.pattern();
        };
    }
}
