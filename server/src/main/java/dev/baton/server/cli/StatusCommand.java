package dev.baton.server.cli;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.slice.Books;
import dev.baton.slice.PipelineBooks;
import dev.baton.slice.WorkerBooks;
import io.lettuce.core.RedisException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Shows a pipeline's slices as they are.
@Command(name = "status", description = "Show leader, workers, backlog and books.")
final class StatusCommand implements Callable<Integer> {

    private static final long WATCH_MILLIS = 1_000;

    /// To the upper left corner, and everything behind it gone.
    static final String CLEAR = "\u001b[H\u001b[2J";

    private final Termination termination;

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin FoundStreamOptions stream = new FoundStreamOptions();
    @Mixin CommonOptions common = new CommonOptions();

    @Mixin OutputOptions form = new OutputOptions();

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
                PipelineBooks slices = PipelineBooks.open(connector, stream.find(connector))) {
            PipelineBooks.Look look = slices.read();
            print(look);
            if (look.slices().values().stream().allMatch(books -> books.lead().isEmpty())) {
                System.err.printf(
                        "no dispatcher has led '%s' on %s yet; is that the right stream?%n",
                        stream.stream, store);
            }
            while (watch && !termination.await(Duration.ofMillis(WATCH_MILLIS))) {
                look = slices.read();
                System.out.print(Terminal.canRedrawOutput() ? CLEAR : "\n");
                print(look);
            }
            return !exitCode || healthy(slices, look) ? ExitCode.FINE : ExitCode.UNHEALTHY;
        } catch (RedisException | CompletionException e) {
            throw RedisTrouble.of(store, e);
        }
    }

    private boolean healthy(PipelineBooks slices, PipelineBooks.Look look)
            throws InterruptedException {
        for (Books books : look.slices().values()) {
            boolean workerLives = books.workers().stream().anyMatch(WorkerBooks::live);
            if (!workerLives || !StatusFields.isLed(books)) {
                return false;
            }
        }
        return look.balanced() && leadersMove(slices, look);
    }

    /// A leader that is alive moves its beat within a lease.
    private boolean leadersMove(PipelineBooks slices, PipelineBooks.Look first)
            throws InterruptedException {
        Set<String> still = new HashSet<>(first.slices().keySet());
        long deadline = System.nanoTime() + lease.toNanos();
        while (!still.isEmpty() && System.nanoTime() < deadline) {
            PipelineBooks.Look now = slices.read();
            still.removeIf(
                    stream ->
                            !beat(now.slices().get(stream))
                                    .equals(beat(first.slices().get(stream))));
            TimeUnit.MILLISECONDS.sleep(50);
        }
        return still.isEmpty();
    }

    private static String beat(@Nullable Books books) {
        return books == null ? "" : books.lead().getOrDefault("beat", "");
    }

    private void print(PipelineBooks.Look look) {
        Report.print(System.out, form.output, StatusFields.of(stream.stream, look));
    }
}
