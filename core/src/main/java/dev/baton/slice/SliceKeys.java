package dev.baton.slice;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// The names of a slice's keys. All carry the hash tag of the slice's stream, so they live in one hash slot.
///
/// @param stream the slice's output stream: the pipeline's where there is one slice, else that with the slice's number
///     behind a colon
public record SliceKeys(String stream) {

    /// Most slices of a pipeline: more than a cluster's usual number of nodes by far, and each costs a worker a connection.
    public static final int MAX_SLICES = 64;

    /// The keys of all slices of a pipeline, in the order of their numbers.
    ///
    /// @param stream the pipeline's output stream
    /// @param slices how many there are, 1 to [#MAX_SLICES]
    public static List<SliceKeys> of(String stream, int slices) {
        if (slices < 1 || slices > MAX_SLICES) {
            throw new IllegalArgumentException("slices are 1 to " + MAX_SLICES + ": " + slices);
        }
        if (slices == 1) {
            return List.of(new SliceKeys(stream));
        }
        return IntStream.range(0, slices)
                .mapToObj(number -> new SliceKeys(stream + ":" + number))
                .toList();
    }

    /// @throws IllegalArgumentException if the name is empty or contains a brace, which would break the hash tag
    public SliceKeys {
        if (stream.isEmpty() || stream.indexOf('{') >= 0 || stream.indexOf('}') >= 0) {
            throw new IllegalArgumentException(
                    "a stream's name is not empty and has no braces (its keys share one hash tag): '"
                            + stream
                            + "'");
        }
    }

    /// The fixed keys of several slices, each with the type it must have.
    public static Map<String, String> types(List<SliceKeys> slices) {
        Map<String, String> all = new HashMap<>();
        slices.forEach(keys -> all.putAll(keys.types()));
        return all;
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
                "hash",
                text("ingest"),
                "stream");
    }

    /// Hash: epoch, owner, beat, watermark, generation, slices, transport, roster, paused; while the number of slices is being changed
    /// also ends, becomes, ready.
    public byte[] lead() {
        return tagged("lead");
    }

    /// Set: the ids of registered workers.
    byte[] workers() {
        return tagged("workers");
    }

    /// Hash: one worker's incarnation, epoch, beat, state, capacity, head, fetched, last, joined, wish and what people want to see.
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

    /// Stream, in place of lanes and waiting where workers share a consumer group: entries that are not finished. A worker's
    /// lane is what is pending for its consumer.
    byte[] ingest() {
        return tagged("ingest");
    }

    /// Another stream of this slice, to which outcomes may send entries.
    byte[] other(String name) {
        return tagged("to:" + name);
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

    /// The output stream, and there at all, only within a transaction that adds to it.
    byte[] gate() {
        return tagged("gate");
    }

    /// Stream: declared losses.
    byte[] gaps() {
        return tagged("gaps");
    }

    /// Hash: counters that only scripts change, and max_dead, which the leader sets.
    byte[] ledger() {
        return tagged("ledger");
    }

    /// The fixed keys of a script, then a pair for each lane: its worker's hash, and itself.
    List<byte[]> withLanes(List<String> lanes, byte[]... fixed) {
        List<byte[]> all = new ArrayList<>(fixed.length + 2 * lanes.size());
        all.addAll(List.of(fixed));
        for (String lane : lanes) {
            all.add(worker(lane));
            all.add(lane(lane));
        }
        return all;
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
