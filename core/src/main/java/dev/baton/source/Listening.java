package dev.baton.source;

import io.lettuce.core.cluster.SlotHash;
import java.util.Collections;
import java.util.List;

/// What to listen to. Subscriptions may not overlap, or a message would arrive twice; so it is exact channels,
/// exact sharded channels, or exactly one pattern.
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

    /// Exact sharded channels, all in one slot: a cluster hands them out at the slot's nodes only, so nothing has to cross
    /// its bus. Publishers send `SPUBLISH`.
    ///
    /// @param channels at least one, none twice
    record Sharded(List<String> channels) implements Listening {
        public Sharded {
            channels = new Channels(channels).channels();
            if (channels.stream().map(SlotHash::getSlot).distinct().count() != 1) {
                throw new IllegalArgumentException(
                        "sharded channels share one slot; give them one hash tag, such as {orders}: "
                                + channels);
            }
            String first = channels.getFirst();
            if (first.indexOf('}') >= 0 && tag(first).equals(first)) {
                throw new IllegalArgumentException(
                        "a sharded channel without a hash tag has no closing brace: " + first);
            }
        }

        /// What decides on a channel's slot.
        private static String tag(String channel) {
            int open = channel.indexOf('{');
            int close = channel.indexOf('}', open + 1);
            return open >= 0 && close > open + 1 ? channel.substring(open + 1, close) : channel;
        }
    }

    /// The name of the control channel: in the slot of the data channels where that matters.
    ///
    /// @param name without regard to slots
    default String control(String name) {
        return this instanceof Sharded sharded
                ? name + ":{" + Sharded.tag(sharded.channels().getFirst()) + "}"
                : name;
    }

    /// Whether messages come from more than one channel, so that each must carry its channel's name.
    default boolean several() {
        return switch (this) {
            case Channels exact -> exact.channels().size() > 1;
            case Sharded exact -> exact.channels().size() > 1;
            case Pattern one -> true;
        };
    }

    /// The name whose slot decides at which node of a cluster everybody listens, in whatever order channels are given.
    default String leading() {
        return switch (this) {
            case Channels exact -> Collections.min(exact.channels());
            case Sharded exact -> Collections.min(exact.channels());
            case Pattern one -> one.pattern();
        };
    }
}
