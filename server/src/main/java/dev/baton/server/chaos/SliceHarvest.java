package dev.baton.server.chaos;

import dev.baton.Position;
import dev.baton.redis.StoreConnection;
import dev.baton.slice.Element;
import dev.baton.slice.Entry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Everything that came out of a slice, with the streams' own entry ids. Reads on from where it stopped, so it serves as a
/// reader during the run and, made anew, as the account at the end. One thread reads; when it has, others may look.
final class SliceHarvest {

    private static final int PAGE = 1_000;
    private static final int DEAD_PAGE = 50;
    private static final int LANE_PAGE = 1_000;
    private static final int SEQUENCE_BITS = 20;

    private final String stream;
    private final int number;
    private final Marker marker;
    private final StreamReader outputReader;
    private final StreamReader deadReader;
    private final StreamReader gapReader;
    private final Map<Long, Found> committed = new HashMap<>();
    private final Map<Long, Found> dead = new HashMap<>();
    private final Map<String, Gap> gaps = new TreeMap<>();
    private final Map<String, Integer> reasons = new TreeMap<>();
    private final List<Found> held = new ArrayList<>();

    /// @param stream the slice's
    /// @param number the slice's
    SliceHarvest(String stream, int number, Marker marker) {
        this.stream = stream;
        this.number = number;
        this.marker = marker;
        this.outputReader = new StreamReader(stream, PAGE);
        this.deadReader = new StreamReader(key("dead"), DEAD_PAGE);
        this.gapReader = new StreamReader(key("gaps"), PAGE);
    }

    private String key(String name) {
        return "{" + stream + "}:" + name;
    }

    /// Reads what is new in the output stream.
    ///
    /// @return the id of the last entry, empty if there never was one
    synchronized String readOutput(StoreConnection store) {
        outputReader.read(
                store,
                (id, fields) -> committed.put(number(id), found(fields, Found.Place.COMMITTED)));
        return outputReader.last();
    }

    /// Reads what is new in the streams.
    synchronized void readStreams(StoreConnection store) {
        var _ = readOutput(store);
        deadReader.read(
                store,
                (id, fields) -> {
                    dead.put(number(id), found(fields, Found.Place.DEAD));
                    String reason = fields.text("reason");
                    reasons.merge(reason == null ? "?" : reason, 1, Integer::sum);
                });
        gapReader.read(store, (id, fields) -> gaps.put(id, gap(id, fields)));
    }

    /// Reads what is still under way: lanes, waiting, or the stream that stands in their place, and retry.
    void readHeld(StoreConnection store) {
        held.clear();
        new StreamReader(key("ingest"), LANE_PAGE)
                .read(store, (id, fields) -> hold(fields.bytes("e")));
        readList(store, key("waiting"));
        for (byte[] worker : store.sync().smembers(bytes(key("workers")))) {
            readList(store, key("lane:" + new String(worker, StandardCharsets.UTF_8)));
        }
        store.sync().zrange(bytes(key("retry")), 0, -1).forEach(this::hold);
    }

    private void readList(StoreConnection store, String list) {
        List<byte[]> parts = new ArrayList<>();
        List<byte[]> some;
        do {
            int from = parts.size();
            some = store.sync().lrange(bytes(list), from, from + LANE_PAGE - 1);
            parts.addAll(some);
        } while (some.size() == LANE_PAGE);
        hold(parts);
    }

    private void hold(byte[] entry) {
        hold(List.of(entry));
    }

    private void hold(List<byte[]> parts) {
        for (Entry entry :
                Element.all(parts).stream().flatMap(one -> one.entries().stream()).toList()) {
            held.add(new Found(marker.ordinal(entry.bytes()), entry.position(), Found.Place.HELD));
        }
    }

    private Found found(StreamReader.Fields fields, Found.Place place) {
        String position = fields.text("position");
        byte[] id = fields.bytes("message_id");
        int ordinal = marker.ordinal(id.length > 0 ? id : fields.bytes("payload"));
        return new Found(ordinal, Position.parse(position == null ? "" : position), place);
    }

    private Gap gap(String id, StreamReader.Fields fields) {
        String count = fields.text("count");
        return new Gap(
                number,
                Position.parse(String.valueOf(fields.text("from"))),
                Position.parse(String.valueOf(fields.text("to"))),
                count == null || count.isEmpty() ? null : Long.valueOf(count),
                millis(id),
                String.valueOf(fields.text("cause")));
    }

    /// The store's time at which a stream entry was written.
    private static long millis(String id) {
        return Long.parseLong(id.substring(0, id.indexOf('-')));
    }

    /// An entry's id as a number in the same order: its sequence within a millisecond is far below what fits.
    private static long number(String id) {
        return (millis(id) << SEQUENCE_BITS) | Long.parseLong(id.substring(id.indexOf('-') + 1));
    }

    /// What only an earlier reader saw: it counts as vanished.
    List<Found> goneSince(SliceHarvest earlier) {
        List<Found> gone = new ArrayList<>();
        earlier.committed.forEach((id, one) -> addGone(committed, id, one, gone));
        earlier.dead.forEach((id, one) -> addGone(dead, id, one, gone));
        return gone;
    }

    private static void addGone(Map<Long, Found> now, Long id, Found one, List<Found> gone) {
        if (!now.containsKey(id)) {
            gone.add(new Found(one.ordinal(), one.position(), Found.Place.VANISHED));
        }
    }

    /// All that is here.
    List<Found> found() {
        List<Found> all = new ArrayList<>(committed.values());
        all.addAll(dead.values());
        all.addAll(held);
        return all;
    }

    /// How many entries an earlier reader saw that are not here any more.
    int missingFrom(SliceHarvest earlier) {
        return (int)
                earlier.committed.keySet().stream()
                        .filter(id -> !committed.containsKey(id))
                        .count();
    }

    /// Gaps here and, where an earlier reader is given, those that only it saw.
    List<Gap> gapsWith(SliceHarvest earlier) {
        Map<String, Gap> all = new TreeMap<>(earlier.gaps);
        all.putAll(gaps);
        return List.copyOf(all.values());
    }

    List<Gap> gaps() {
        return List.copyOf(gaps.values());
    }

    /// Dead letters by reason.
    Map<String, Integer> reasons() {
        return reasons;
    }

    /// When commits were, by the store's clock, sorted.
    ///
    /// @param earlier also what only it saw
    long[] commitMillis(SliceHarvest earlier) {
        Set<Long> all = new HashSet<>(earlier.committed.keySet());
        all.addAll(committed.keySet());
        return all.stream().mapToLong(id -> id >> SEQUENCE_BITS).sorted().toArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
