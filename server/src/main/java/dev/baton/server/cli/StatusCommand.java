package dev.baton.server.cli;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.slice.Books;
import dev.baton.slice.SliceBooks;
import dev.baton.slice.WorkerBooks;
import io.lettuce.core.RedisException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Shows a slice as it is.
@Command(name = "status", description = "Show leader, workers, backlog and books.")
final class StatusCommand implements Callable<Integer> {

    private static final long WATCH_MILLIS = 1_000;

    private final Termination termination;

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin StreamOptions stream = new StreamOptions();
    @Mixin CommonOptions common = new CommonOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORM",
            defaultValue = "table",
            description = "table, json or yaml (default: ${DEFAULT-VALUE})")
    Report.Format output = Report.Format.table;

    @Option(
            names = "--exit-code",
            description = "exit 10 if nobody leads, no worker lives, or the books do not balance")
    boolean exitCode;

    @Option(names = "--watch", description = "show it again every second")
    boolean watch;

    @Option(
            names = "--lease",
            paramLabel = "TIME",
            defaultValue = "2s",
            description = "how long a leader may stand still (default: ${DEFAULT-VALUE})")
    Duration lease = Duration.ZERO;

    StatusCommand(Termination termination) {
        this.termination = termination;
    }

    @Override
    public Integer call() throws InterruptedException {
        RedisAddress store = redis.storeAddress();
        try (RedisConnector connector = new RedisConnector(store);
                SliceBooks slice = SliceBooks.open(connector, stream.checked())) {
            Books books = slice.read();
            Report.print(System.out, output, fields(books));
            if (books.lead().isEmpty()) {
                System.err.printf(
                        "no dispatcher has led '%s' on %s yet; is that the right stream?%n",
                        stream.stream, store);
            }
            while (watch && !termination.await(Duration.ofMillis(WATCH_MILLIS))) {
                books = slice.read();
                System.out.println();
                Report.print(System.out, output, fields(books));
            }
            return !exitCode || healthy(slice, books) ? ExitCode.FINE : ExitCode.UNHEALTHY;
        } catch (RedisException | CompletionException e) {
            throw RedisTrouble.of(store, e);
        }
    }

    private boolean healthy(SliceBooks slice, Books books) throws InterruptedException {
        boolean workerLives =
                books.workers().stream()
                        .anyMatch(
                                worker -> worker.fields().getOrDefault("state", "").equals("live"));
        return books.balanced() && workerLives && leaderMoves(slice, books);
    }

    /// A leader that is alive moves its beat within a lease.
    private boolean leaderMoves(SliceBooks slice, Books first) throws InterruptedException {
        if (first.lead().getOrDefault("owner", "").isEmpty()) {
            return false;
        }
        long deadline = System.nanoTime() + lease.toNanos();
        while (System.nanoTime() < deadline) {
            if (!slice.read().lead().getOrDefault("beat", "").equals(first.lead().get("beat"))) {
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        return false;
    }

    private Map<String, Object> fields(Books books) {
        Map<String, Object> fields = new LinkedHashMap<>();
        String owner = books.lead().getOrDefault("owner", "");
        fields.put("stream", stream.stream);
        fields.put("leader", owner.isEmpty() ? "nobody" : owner);
        fields.put("epoch", Long.parseLong(books.lead().getOrDefault("epoch", "0")));
        fields.put("watermark", books.lead().getOrDefault("watermark", "none"));
        fields.put("waiting", books.waiting());
        fields.put("backlog", books.backlog());
        fields.put("stream_entries", books.stream());
        fields.put("dead_letters", books.dead());
        fields.put("gaps", books.gaps());
        books.ledger().forEach(fields::put);
        fields.put("balanced", books.balanced());
        List<Map<String, Object>> workers = new ArrayList<>();
        for (WorkerBooks worker : books.workers()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("id", worker.id());
            one.put("state", worker.fields().getOrDefault("state", "?"));
            one.put("backlog", worker.backlog());
            one.put("host", worker.fields().getOrDefault("host", "?"));
            workers.add(one);
        }
        fields.put("workers", workers);
        return fields;
    }
}
