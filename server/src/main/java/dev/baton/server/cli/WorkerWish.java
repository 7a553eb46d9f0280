package dev.baton.server.cli;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.slice.Books;
import dev.baton.slice.PipelineBooks;
import dev.baton.slice.SliceKeys;
import dev.baton.slice.SliceOffice;
import dev.baton.slice.WorkerBooks;
import io.lettuce.core.RedisException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `workers quiet` and `workers live`.
final class WorkerWish implements Callable<Integer> {

    private final boolean quiet;

    @Parameters(paramLabel = "ID", arity = "1", description = "id of the worker")
    String id = "";

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin FoundStreamOptions stream = new FoundStreamOptions();
    @Mixin CommonOptions common = new CommonOptions();

    WorkerWish(boolean quiet) {
        this.quiet = quiet;
    }

    @Override
    public Integer call() {
        RedisAddress store = redis.storeAddress();
        try (RedisConnector connector = new RedisConnector(store)) {
            List<SliceKeys> slices = stream.find(connector);
            List<SliceOffice.Wished> done =
                    SliceOffice.open(connector, slices).stream()
                            .map(slice -> slice.quiet(id, quiet))
                            .toList();
            try (PipelineBooks books = PipelineBooks.open(connector, slices)) {
                return say(done, books.read());
            }
        } catch (RedisException | CompletionException e) {
            throw RedisTrouble.of(store, e);
        }
    }

    private int say(List<SliceOffice.Wished> done, PipelineBooks.Look look) {
        if (done.stream().allMatch(SliceOffice.Wished.NOBODY::equals)) {
            String there =
                    names(
                            look.slices().values().stream()
                                    .flatMap(books -> books.workers().stream())
                                    .map(WorkerBooks::id));
            System.err.printf(
                    "baton: no worker '%s' in '%s'; there %s%n",
                    id, stream.stream, there.isEmpty() ? "is none" : "are: " + there);
            return ExitCode.FAILURE;
        }
        boolean already = !done.contains(SliceOffice.Wished.DONE);
        long left =
                look.sum(
                        books ->
                                books.workers().stream()
                                        .filter(worker -> worker.id().equals(id))
                                        .mapToLong(WorkerBooks::backlog)
                                        .sum());
        System.out.println(
                id
                        + (already ? " is already " : " is ")
                        + (quiet ? "quiet; its lane holds " + left : "live"));
        if (quiet && look.slices().values().stream().anyMatch(WorkerWish::nobodyTakes)) {
            System.err.println(
                    "no live worker is left: what is dispatched waits until one joins, or 'baton workers live'");
        }
        return ExitCode.FINE;
    }

    /// Workers choose their ids themselves.
    static String names(Stream<String> ids) {
        return ids.distinct().map(Visible::text).collect(Collectors.joining(", "));
    }

    private static boolean nobodyTakes(Books books) {
        return books.workers().stream().noneMatch(WorkerBooks::live);
    }
}
