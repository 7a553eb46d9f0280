package dev.baton.server.cli;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.slice.PipelineBooks;
import io.lettuce.core.RedisException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Lists workers.
@Command(
        name = "workers",
        description =
                "List workers; with quiet or live, have one take nothing new, or entries again.")
final class WorkersCommand implements Callable<Integer> {

    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    private final Termination termination;

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin FoundStreamOptions stream = new FoundStreamOptions();
    @Mixin OutputOptions form = new OutputOptions();
    @Mixin CommonOptions common = new CommonOptions();

    @Option(
            names = "--watch",
            description = "show it again every second, and whose beat moved since the look before")
    boolean watch;

    WorkersCommand(Termination termination) {
        this.termination = termination;
    }

    @Override
    public Integer call() throws InterruptedException {
        RedisAddress store = redis.storeAddress();
        try (RedisConnector connector = new RedisConnector(store);
                PipelineBooks books = PipelineBooks.open(connector, stream.find(connector))) {
            List<Map<String, Object>> rows = WorkerRows.of(books.read());
            Rows.print(System.out, form.output, "workers", rows);
            if (rows.isEmpty()) {
                System.err.println("no worker has joined '" + stream.stream + "'");
            }
            while (watch && !termination.await(BETWEEN_LOOKS)) {
                Map<Object, Object> before = new HashMap<>();
                rows.forEach(row -> before.put(row.get("id"), row.get("beat")));
                rows = WorkerRows.of(books.read());
                for (Map<String, Object> row : rows) {
                    boolean moved = !Objects.equals(row.get("beat"), before.get(row.get("id")));
                    row.put("beating", moved ? "yes" : "no");
                }
                System.out.print(Terminal.canRedrawOutput() ? StatusCommand.CLEAR : "\n");
                Rows.print(System.out, form.output, "workers", rows);
            }
            return ExitCode.FINE;
        } catch (RedisException | CompletionException e) {
            throw RedisTrouble.of(store, e);
        }
    }
}
