package dev.baton.server.cli;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.slice.Books;
import dev.baton.slice.PipelineBooks;
import dev.baton.slice.SliceKeys;
import dev.baton.slice.SliceOffice;
import dev.baton.slice.WorkerBooks;
import io.lettuce.core.RedisException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Shows what waits where.
@Command(
        name = "lanes",
        description =
                "List the lanes of each slice, and what waits for a worker or for another attempt.")
final class LanesCommand implements Callable<Integer> {

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin FoundStreamOptions stream = new FoundStreamOptions();
    @Mixin OutputOptions form = new OutputOptions();
    @Mixin CommonOptions common = new CommonOptions();

    @Override
    public Integer call() {
        RedisAddress store = redis.storeAddress();
        try (RedisConnector connector = new RedisConnector(store)) {
            List<SliceKeys> slices = stream.find(connector);
            List<Map<String, Object>> rows = new ArrayList<>();
            try (PipelineBooks books = PipelineBooks.open(connector, slices)) {
                Map<String, Books> found = books.read().slices();
                for (SliceOffice office : SliceOffice.open(connector, slices)) {
                    Books one = Objects.requireNonNull(found.get(office.stream()));
                    SliceOffice.Ages ages =
                            office.ages(one.workers().stream().map(WorkerBooks::id).toList());
                    rows(slices.size() > 1 ? office.stream() : "", one, ages, rows);
                }
            }
            Rows.print(System.out, form.output, "lanes", rows);
            return ExitCode.FINE;
        } catch (RedisException | CompletionException e) {
            throw RedisTrouble.of(store, e);
        }
    }

    private static void rows(
            String slice, Books books, SliceOffice.Ages ages, List<Map<String, Object>> rows) {
        for (WorkerBooks worker : books.workers()) {
            Map<String, Object> row =
                    row(
                            slice,
                            worker.id(),
                            WorkerRows.state(worker),
                            worker.backlog(),
                            ages.lanes().getOrDefault(worker.id(), -1L));
            long head = WorkerRows.number(worker, "head");
            long inHand = Math.min(worker.backlog(), WorkerRows.number(worker, "fetched") - head);
            row.put("in_hand", Math.max(0, inHand));
            row.put("head", head);
            rows.add(row);
        }
        rows.add(row(slice, "(no worker)", "waiting", books.waiting(), ages.waiting()));
        rows.add(row(slice, "(later)", "retry", books.retry(), ages.retry()));
    }

    private static Map<String, Object> row(
            String slice, String worker, String state, long entries, long ageMillis) {
        Map<String, Object> row = new LinkedHashMap<>();
        if (!slice.isEmpty()) {
            row.put("stream", slice);
        }
        row.put("worker", worker);
        row.put("state", state);
        row.put("entries", entries);
        if (ageMillis >= 0) {
            row.put("oldest_millis", ageMillis);
        }
        return row;
    }
}
