package dev.baton.slice;

import dev.baton.redis.RedisConnector;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/// Reads the books of all slices of a pipeline, one after the other: each balances by itself. Blocks; thread-safe.
public final class PipelineBooks implements AutoCloseable {

    private final List<SliceBooks> slices;

    private PipelineBooks(List<SliceBooks> slices) {
        this.slices = slices;
    }

    /// Connects.
    ///
    /// @param connector stays the caller's to close
    /// @param slices in the order of their numbers
    /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
    public static PipelineBooks open(RedisConnector connector, List<SliceKeys> slices) {
        return new PipelineBooks(SliceBooks.open(connector, slices));
    }

    /// Everything each slice holds.
    public Look read() {
        Map<String, Books> found = new LinkedHashMap<>();
        slices.forEach(slice -> found.put(slice.stream(), slice.read()));
        return new Look(found);
    }

    /// The books of all slices.
    ///
    /// @param slices by their streams' names, in the order of their numbers
    public record Look(Map<String, Books> slices) {

        /// The sum of a number over all slices.
        public long sum(ToLongFunction<Books> number) {
            return slices.values().stream().mapToLong(number).sum();
        }

        /// The sum of a counter over all slices.
        public long count(String name) {
            return sum(books -> books.count(name));
        }

        /// Whether the books of each slice balance.
        public boolean balanced() {
            return slices.values().stream().allMatch(Books::balanced);
        }

        /// Whether every slice was ever led.
        public boolean everyLed() {
            return slices.values().stream().noneMatch(books -> books.lead().isEmpty());
        }

        /// The counters of all slices, added up.
        public Map<String, Long> ledger() {
            Map<String, Long> all = new LinkedHashMap<>();
            slices.values()
                    .forEach(
                            books ->
                                    books.ledger()
                                            .forEach(
                                                    (name, count) ->
                                                            all.merge(name, count, Long::sum)));
            return all;
        }
    }

    @Override
    public void close() {
        slices.forEach(SliceBooks::close);
    }
}
