package dev.baton.slice;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/// The names of a slice's keys. All carry the hash tag of the slice's stream, so they live in one hash slot.
///
/// @param stream the slice's output stream
public record SliceKeys(String stream) {

    /// @throws IllegalArgumentException if the name is empty or contains a brace, which would break the hash tag
    public SliceKeys {
        if (stream.isEmpty() || stream.indexOf('{') >= 0 || stream.indexOf('}') >= 0) {
            throw new IllegalArgumentException(
                    "a stream's name is not empty and has no braces (its keys share one hash tag): '"
                            + stream
                            + "'");
        }
    }

    /// The fixed keys, each with the type it must have.
    public Map<String, String> types() {
        return Map.of(
                stream,
                "stream",
                text("lead"),
                "hash",
                text("workers"),
                "set",
                text("waiting"),
                "list",
                text("retry"),
                "zset",
                text("dead"),
                "stream",
                text("gaps"),
                "stream",
                text("ledger"),
                "hash");
    }

    /// Hash: epoch, owner, beat, watermark, generation, slices, roster, paused.
    byte[] lead() {
        return tagged("lead");
    }

    /// Set: the ids of registered workers.
    byte[] workers() {
        return tagged("workers");
    }

    /// Hash: one worker's incarnation, epoch, beat, state, capacity, head, fetched, joined and what people want to see.
    byte[] worker(String id) {
        return tagged("worker:" + id);
    }

    /// List: one worker's entries, oldest at the left.
    byte[] lane(String id) {
        return tagged("lane:" + id);
    }

    /// List: entries dispatched while no worker was alive.
    byte[] waiting() {
        return tagged("waiting");
    }

    /// Sorted set: entries waiting for another attempt, scored by due time.
    byte[] retry() {
        return tagged("retry");
    }

    /// Stream: the processed messages.
    byte[] output() {
        return bytes(stream);
    }

    /// Stream: dead letters.
    byte[] dead() {
        return tagged("dead");
    }

    /// Stream: declared losses.
    byte[] gaps() {
        return tagged("gaps");
    }

    /// Hash: counters that only scripts change.
    byte[] ledger() {
        return tagged("ledger");
    }

    private byte[] tagged(String name) {
        return bytes(text(name));
    }

    private String text(String name) {
        return "{" + stream + "}:" + name;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
