package dev.baton.source;

/// What a subscription hands to its reader, in the order in which the server sent it.
public sealed interface Heard {

    /// A publication on a data channel.
    ///
    /// @param channel the name's bytes; empty when the pipeline has one channel
    /// @param payload the published bytes
    record Publication(byte[] channel, byte[] payload) implements Heard {}

    /// A publication on the control channel, by whomever.
    ///
    /// @param payload the published bytes, not looked at yet
    record Announcement(byte[] payload) implements Heard {}

    /// Nothing follows: the incarnation is over.
    ///
    /// @param cause for people
    record Ended(String cause) implements Heard {}
}
