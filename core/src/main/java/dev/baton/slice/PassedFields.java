package dev.baton.slice;

import java.util.ArrayList;
import java.util.List;

/// What the stream entry of a message has that is passed on as it came, beside its id, payload, position and channel
/// themselves: the store takes those from the lane, so that they need not be sent back. One object serves
/// all messages of a worker.
///
/// @param id name of the id's field
/// @param payload name of the payload's field
/// @param worker name of the field that says who processed it
/// @param workerId what that field holds
/// @param position name of the position's field
/// @param channel name of the field for the channel, which is there when the pipeline has several
/// @param constants names and values in turn
public record PassedFields(
        byte[] id,
        byte[] payload,
        byte[] worker,
        byte[] workerId,
        byte[] position,
        byte[] channel,
        List<byte[]> constants) {

    /// @throws IllegalArgumentException if the constants do not pair
    public PassedFields {
        constants = List.copyOf(constants);
        if (constants.size() % 2 != 0) {
            throw new IllegalArgumentException("a constant without a value");
        }
    }

    /// The fields of one message, names and values in turn, just as the store puts them together.
    ///
    /// @param messageId the message's id
    /// @param content what stands for the payload
    /// @param at the message's position, as text
    /// @param from the channel; empty for none
    public List<byte[]> of(byte[] messageId, byte[] content, byte[] at, byte[] from) {
        List<byte[]> fields = new ArrayList<>(10 + constants.size());
        fields.add(id);
        fields.add(messageId);
        fields.add(payload);
        fields.add(content);
        addRest(fields, at, from);
        return fields;
    }

    /// The same without a payload.
    ///
    /// @param messageId the message's id
    /// @param at the message's position, as text
    /// @param from the channel; empty for none
    public List<byte[]> withoutPayload(byte[] messageId, byte[] at, byte[] from) {
        List<byte[]> fields = new ArrayList<>(8 + constants.size());
        fields.add(id);
        fields.add(messageId);
        addRest(fields, at, from);
        return fields;
    }

    private void addRest(List<byte[]> fields, byte[] at, byte[] from) {
        fields.add(worker);
        fields.add(workerId);
        fields.add(position);
        fields.add(at);
        fields.addAll(constants);
        if (from.length > 0) {
            fields.add(channel);
            fields.add(from);
        }
    }
}
