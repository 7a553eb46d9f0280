package dev.baton.server.chaos;

import dev.baton.redis.StoreConnection;
import dev.baton.slice.SliceKeys;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// Everything that came out of all slices.
final class Harvest {

    private final List<SliceHarvest> slices;
    private final Map<String, SliceHarvest> byStream = new TreeMap<>();

    /// @param keys of all slices in the order of their numbers
    Harvest(List<SliceKeys> keys, Marker marker) {
        this.slices =
                IntStream.range(0, keys.size())
                        .mapToObj(i -> new SliceHarvest(keys.get(i).stream(), i, marker))
                        .toList();
        for (int i = 0; i < slices.size(); i++) {
            byStream.put(keys.get(i).stream(), slices.get(i));
        }
    }

    /// What came out of one slice.
    SliceHarvest slice(String stream) {
        SliceHarvest slice = byStream.get(stream);
        if (slice == null) {
            throw new IllegalArgumentException("no slice has the stream " + stream);
        }
        return slice;
    }

    int slices() {
        return slices.size();
    }

    /// Reads what is new in the streams.
    void readStreams(StoreConnection store) {
        slices.forEach(slice -> slice.readStreams(store));
    }

    /// Reads what is still under way.
    void readHeld(StoreConnection store) {
        slices.forEach(slice -> slice.readHeld(store));
    }

    /// All that is here.
    List<Found> found() {
        return slices.stream().flatMap(slice -> slice.found().stream()).toList();
    }

    /// All that is here, and what only an earlier reader saw.
    ///
    /// @param earlier a reader from before the store was emptied; what it saw and is gone counts as vanished
    List<Found> foundWith(Harvest earlier) {
        List<Found> all = new ArrayList<>(found());
        Set<Integer> here = new HashSet<>();
        all.forEach(one -> here.add(one.ordinal()));
        // What was dispatched once more after the store was emptied is there again, and counted
        // there.
        for (int i = 0; i < slices.size(); i++) {
            slices.get(i).goneSince(earlier.slices.get(i)).stream()
                    .filter(one -> here.add(one.ordinal()))
                    .forEach(all::add);
        }
        return all;
    }

    /// How many entries an earlier reader saw that are not here any more.
    int missingFrom(Harvest earlier) {
        return IntStream.range(0, slices.size())
                .map(i -> slices.get(i).missingFrom(earlier.slices.get(i)))
                .sum();
    }

    List<Gap> gaps() {
        return slices.stream().flatMap(slice -> slice.gaps().stream()).toList();
    }

    /// Gaps here and those that only an earlier reader saw.
    List<Gap> gapsWith(Harvest earlier) {
        return IntStream.range(0, slices.size())
                .mapToObj(i -> slices.get(i).gapsWith(earlier.slices.get(i)))
                .flatMap(List::stream)
                .toList();
    }

    /// Dead letters by reason.
    Map<String, Integer> reasons() {
        Map<String, Integer> all = new TreeMap<>();
        slices.forEach(
                slice ->
                        slice.reasons().forEach((reason, n) -> all.merge(reason, n, Integer::sum)));
        return all;
    }

    /// How commits to each slice flowed.
    ///
    /// @param earlier also what only it saw
    List<Stalls> stalls(Harvest earlier) {
        return IntStream.range(0, slices.size())
                .mapToObj(i -> slices.get(i).commitMillis(earlier.slices.get(i)))
                .map(Stalls::new)
                .toList();
    }
}
