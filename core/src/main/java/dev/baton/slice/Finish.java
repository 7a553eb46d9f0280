package dev.baton.slice;

import java.util.List;

/// How an entry leaves its lane.
public sealed interface Finish {

    /// Stream entries; none drops the message.
    ///
    /// @param entries field names and values in turn
    record Emit(List<List<byte[]>> entries) implements Finish {}

    /// A dead letter with the entry's payload.
    ///
    /// @param reason one word for people and filters
    /// @param error what was wrong, without the payload
    /// @param messageId empty when unknown
    record Bury(String reason, String error, String messageId) implements Finish {}
}
