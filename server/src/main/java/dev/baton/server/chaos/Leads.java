package dev.baton.server.chaos;

import dev.baton.redis.StoreConnection;
import dev.baton.slice.SliceKeys;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Who leads which slice, and which lanes there are, as the store says.
///
/// @param store where the slices live
/// @param slices in the order of their numbers
record Leads(StoreConnection store, List<SliceKeys> slices) {

    /// The output stream of each slice.
    List<String> streams() {
        return slices.stream().map(SliceKeys::stream).toList();
    }

    /// The epoch of who leads a slice now, 0 if nobody does.
    long epoch(String stream) {
        List<String> lead = new ArrayList<>();
        store.sync()
                .hmget(key(stream, "lead"), Ground.bytes("epoch"), Ground.bytes("owner"))
                .forEach(
                        field ->
                                lead.add(
                                        new String(
                                                field.getValueOrElse(new byte[0]),
                                                StandardCharsets.UTF_8)));
        return lead.get(0).isEmpty() || lead.get(1).isEmpty() ? 0 : Long.parseLong(lead.get(0));
    }

    /// Whether every slice is led.
    boolean all() {
        return streams().stream().allMatch(stream -> epoch(stream) > 0);
    }

    /// Up to which position each slice has dispatched, or declared, everything; empty if it never was led.
    List<String> watermarks() {
        return streams().stream()
                .map(stream -> store.sync().hget(key(stream, "lead"), Ground.bytes("watermark")))
                .map(found -> found == null ? "" : new String(found, StandardCharsets.UTF_8))
                .toList();
    }

    /// Whether no dispatcher leads two slices more than another: then none is handed on for that.
    boolean spread(int dispatchers) {
        Map<String, Integer> led = new TreeMap<>();
        for (String stream : streams()) {
            byte[] owner = store.sync().hget(key(stream, "lead"), Ground.bytes("owner"));
            if (owner == null || owner.length == 0) {
                return false;
            }
            led.merge(new String(owner, StandardCharsets.UTF_8), 1, Integer::sum);
        }
        int least = led.size() < dispatchers ? 0 : Collections.min(led.values());
        return Collections.max(led.values()) - least <= 1;
    }

    /// How often leads were taken so far, in all slices.
    long claims() {
        return streams().stream().mapToLong(this::epoch).sum();
    }

    /// Whether so many workers have a lane in every slice.
    boolean staffed(int workers) {
        return streams().stream()
                .allMatch(stream -> store.sync().scard(key(stream, "workers")) >= workers);
    }

    /// The epochs of every lead and of these workers' lanes: each counts how often it changed hands.
    Map<String, Long> epochs(List<Child> workers) {
        Map<String, Long> epochs = new TreeMap<>();
        for (String stream : streams()) {
            epochs.put(stream, epoch(stream));
            for (Child worker : workers) {
                byte[] lane =
                        store.sync()
                                .hget(key(stream, "worker:" + worker.id()), Ground.bytes("epoch"));
                epochs.put(
                        stream + " " + worker.id(),
                        Long.valueOf(new String(lane, StandardCharsets.UTF_8)));
            }
        }
        return epochs;
    }

    private static byte[] key(String stream, String name) {
        return Ground.bytes("{" + stream + "}:" + name);
    }
}
