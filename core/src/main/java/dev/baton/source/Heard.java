package dev.baton.source;

/// What a subscription hands to its reader, in the order in which the server sent it.
public sealed interface Heard {

    /// A publication on a data channel.
    ///
    /// @param channel the name's bytes; empty when the pipeline has one channel
    /// @param payload the published bytes
    record Publication(byte[] channel, byte[] payload) implements Heard {}

    /// Publications on data channels, one after the other.
    ///
    /// @param bytes hold them, among other things; not copied, nor written to any more
    /// @param spans [dev.baton.redis.PushListener#SPAN] numbers for each: places in the bytes, and lengths in bytes
    /// @param count how many there are, at least 1
    /// @param several whether the channels count; if not, there is one
    record Publications(byte[] bytes, int[] spans, int count, boolean several) implements Heard {}

    /// A publication on the control channel, by whomever.
    ///
    /// @param payload the published bytes, not looked at yet
    record Announcement(byte[] payload) implements Heard {}

    /// Nothing follows: the incarnation is over.
    ///
    /// @param cause for people
    record Ended(String cause) implements Heard {}
}
