package dev.baton.server.chaos;

import dev.baton.slice.Books;
import dev.baton.slice.WorkerBooks;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongPredicate;

/// What each worker did and what waited for it, from looks at the books. Not thread-safe.
final class Shares {

    private final Map<String, ChaosResult.Share> workers = new TreeMap<>();
    private final List<Look> looks = new ArrayList<>();

    /// How long lanes were.
    ///
    /// @param atMillis by the store's clock
    /// @param lanes by worker, in entries
    private record Look(long atMillis, Map<String, Long> lanes) {}

    /// Takes in a look at the books of all slices.
    void look(Collection<Books> slices) {
        long atMillis = slices.stream().mapToLong(Books::storeMillis).max().orElse(0);
        Map<String, ChaosResult.Share> now = new HashMap<>();
        for (Books books : slices) {
            for (WorkerBooks worker : books.workers()) {
                long head = Long.parseLong(worker.fields().getOrDefault("head", "0"));
                now.merge(
                        worker.id(),
                        new ChaosResult.Share(worker.id(), head, worker.backlog()),
                        ChaosResult.Share::plus);
            }
        }
        now.forEach((id, share) -> workers.merge(id, share, ChaosResult.Share::max));
        Map<String, Long> lanes = new HashMap<>();
        now.forEach((id, share) -> lanes.put(id, share.longestLane()));
        looks.add(new Look(atMillis, lanes));
    }

    /// All workers by name.
    List<ChaosResult.Share> all() {
        return List.copyOf(workers.values());
    }

    /// By how much the lane grew that grew most but one, 0 if there are fewer than two: what a single slow worker does not
    /// explain. What was long before is left out.
    ///
    /// @param during whether a moment counts, in milliseconds by the store's clock
    long growthButOne(LongPredicate during) {
        Map<String, Long> first = new HashMap<>();
        Map<String, Long> grown = new HashMap<>();
        for (Look look : looks) {
            if (during.test(look.atMillis())) {
                look.lanes()
                        .forEach(
                                (id, entries) -> {
                                    long before = first.computeIfAbsent(id, unseen -> entries);
                                    grown.merge(id, entries - before, Math::max);
                                });
            }
        }
        List<Long> lanes = grown.values().stream().sorted(Comparator.reverseOrder()).toList();
        return lanes.size() < 2 ? 0 : lanes.get(1);
    }
}
