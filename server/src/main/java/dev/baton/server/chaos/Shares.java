package dev.baton.server.chaos;

import dev.baton.slice.Books;
import dev.baton.slice.WorkerBooks;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What each worker did and what waited for it, from looks at the books. Not thread-safe.
final class Shares {

    private final Map<String, ChaosResult.Share> workers = new TreeMap<>();

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
        now.forEach((id, share) -> workers.merge(id, share, ChaosResult.Share::max));
    }

    /// All workers by name.
    List<ChaosResult.Share> all() {
        return List.copyOf(workers.values());
    }

    /// The longest lane but one, 0 if there are fewer than two: what a single slow worker does not explain.
    long longestButOne() {
        long[] lanes =
                workers.values().stream()
                        .mapToLong(ChaosResult.Share::longestLane)
                        .sorted()
                        .toArray();
        return lanes.length < 2 ? 0 : lanes[lanes.length - 2];
    }
}
