package dev.baton;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One published message on its way through a [MessageProcessor].
///
/// @param id what the publisher put into the `message_id` field, as text
/// @param payload the published bytes, unchanged; the array belongs to the processor for the time of the call
/// @param position the message's identity in the flow
/// @param channel the channel it was published on, or null when the pipeline listens to one channel only
/// @param attempt which attempt this is, from 1
/// @param dispatchedAt when the message was handed to a lane, by the store's clock
public record Message(
        String id,
        byte[] payload,
        Position position,
        @Nullable String channel,
        int attempt,
        Instant dispatchedAt) {

    /// Says which message this is; never shows the payload.
    @Override
    public String toString() {
        return "Message[id=" + id + ", position=" + position + ", " + payload.length + " bytes]";
    }
}
