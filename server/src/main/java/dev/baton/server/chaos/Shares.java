package dev.baton.server.chaos;

import dev.baton.slice.Books;
import dev.baton.slice.WorkerBooks;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What each worker did and what waited for it, from looks at the books. Not thread-safe.
final class Shares {

    /// An hour of looks at 50 ms.
    private static final int MAX_LOOKS = 1 << 16;

    private final Map<String, ChaosResult.Share> workers = new TreeMap<>();
    private final Deque<Look> looks = new ArrayDeque<>();

    /// How long lanes were.
    ///
    /// @param atMillis by the store's clock
    /// @param lanes by worker, in entries
    private record Look(long atMillis, Map<String, Long> lanes) {}

    /// Takes in a look at the books of all slices.
    void look(Collection<Books> slices) {
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
        Map<String, Long> lanes = new HashMap<>();
        now.forEach(
                (id, share) -> {
                    lanes.put(id, share.longestLane());
                    workers.merge(id, share, ChaosResult.Share::max);
                });
        if (looks.size() == MAX_LOOKS) {
            looks.removeFirst();
        }
        looks.add(new Look(slices.stream().mapToLong(Books::storeMillis).max().orElse(0), lanes));
    }

    /// All workers by name.
    List<ChaosResult.Share> all() {
        return List.copyOf(workers.values());
    }

    /// By how much the lane grew that grew most but one, 0 if there are fewer than two: what a single slow worker does not
    /// explain.
    ///
    /// @param fromMillis the first moment that counts, by the store's clock
    /// @param toMillis the first that does not
    long growthButOne(long fromMillis, long toMillis) {
        Map<String, Long> lowest = new HashMap<>();
        Map<String, Long> grown = new HashMap<>();
        for (Look look : looks) {
            if (look.atMillis() >= fromMillis && look.atMillis() < toMillis) {
                look.lanes()
                        .forEach(
                                (id, entries) -> {
                                    long least = lowest.merge(id, entries, Math::min);
                                    grown.merge(id, entries - least, Math::max);
                                });
            }
        }
        List<Long> lanes = grown.values().stream().sorted(Comparator.reverseOrder()).toList();
        return lanes.size() < 2 ? 0 : lanes.get(1);
    }
}
