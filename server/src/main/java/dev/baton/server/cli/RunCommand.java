package dev.baton.server.cli;

import dev.baton.MessageProcessor;
import dev.baton.dispatch.Dispatcher;
import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.embedded.EmbeddedRedis;
import dev.baton.server.load.MadeUpMessages;
import dev.baton.server.load.Publisher;
import dev.baton.slice.Books;
import dev.baton.slice.SliceBooks;
import dev.baton.worker.Worker;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Everything in one process: a Redis if none is given, dispatchers, workers, a load, and the account at the end.
@Command(name = "run", description = "Try Baton: everything in one process, with a small load.")
final class RunCommand implements Callable<Integer> {

    /// How long the first election may take before the load starts all the same: lease and a look.
    private static final Duration ELECTION_SLACK = Duration.ofSeconds(5);

    private final Termination termination;

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin StreamOptions stream = new StreamOptions();
    @Mixin DispatcherOptions dispatcher = new DispatcherOptions();
    @Mixin WorkerOptions worker = new WorkerOptions();
    @Mixin RoleOptions role = new RoleOptions();
    @Mixin CommonOptions common = new CommonOptions();

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "100",
            description = "messages a second to publish; 0 for none (default: ${DEFAULT-VALUE})")
    long rate;

    @Option(
            names = "--size",
            paramLabel = "BYTES",
            defaultValue = "200",
            description = "size of a message (default: ${DEFAULT-VALUE})")
    int size;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            description = "stop by itself after this time")
    @Nullable Duration duration;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "2",
            description = "how many workers (default: ${DEFAULT-VALUE})")
    int workers;

    @Option(
            names = "--dispatchers",
            paramLabel = "N",
            defaultValue = "1",
            description = "how many dispatchers (default: ${DEFAULT-VALUE})")
    int dispatchers;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "where the embedded Redis keeps its data")
    @Nullable Path data;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "port of the embedded Redis; 0 for a free one (default: ${DEFAULT-VALUE})")
    int port;

    RunCommand(Termination termination) {
        this.termination = termination;
    }

    @Override
    public Integer call() throws InterruptedException {
        stream.checked();
        dispatcher.loadChannel();
        if (redis.given()) {
            return run(redis.sourceAddress(), redis.storeAddress());
        }
        try (EmbeddedRedis embedded =
                EmbeddedRedis.start(new EmbeddedRedis.Options(data, port, List.of()))) {
            RedisAddress address = RedisAddress.parse(embedded.uri());
            System.err.println("Redis 7.0.15 is at " + embedded.uri());
            return run(address, address);
        }
    }

    private int run(RedisAddress source, RedisAddress store) throws InterruptedException {
        List<AutoCloseable> running = new ArrayList<>();
        try (RedisConnector storeConnector = new RedisConnector(store);
                RedisConnector sourceConnector = new RedisConnector(source);
                SliceBooks books = SliceBooks.open(storeConnector, stream.checked());
                Publisher publisher = new Publisher(sourceConnector, dispatcher.loadChannel())) {
            Books before = books.read();
            List<Worker> working = new ArrayList<>();
            List<Dispatcher> dispatching = new ArrayList<>();
            try {
                String name = role.name();
                for (int i = 0; i < workers; i++) {
                    Worker one =
                            Worker.start(
                                    worker.settings(
                                            name + "-w" + (i + 1),
                                            store,
                                            stream.checked(),
                                            role.beat),
                                    MessageProcessor.passOn());
                    working.add(one);
                    running.add(one);
                }
                for (int i = 0; i < dispatchers; i++) {
                    Dispatcher one =
                            Dispatcher.start(
                                    dispatcher.settings(
                                            name + "-d" + (i + 1),
                                            source,
                                            store,
                                            stream.checked(),
                                            role.beat));
                    dispatching.add(one);
                    running.add(one);
                }
                awaitLeader(dispatching);
                sayWhatToTry(source, store);
                load(publisher, dispatching, working);
                settle(books, before, publisher);
                for (Dispatcher one : dispatching) {
                    one.close();
                }
                for (Worker one : working) {
                    var _ = one.drain(role.drainTimeout);
                }
            } finally {
                for (AutoCloseable one : running) {
                    close(one);
                }
            }
            return summary(books.read(), before, publisher);
        }
    }

    private static void close(AutoCloseable one) {
        try {
            one.close();
        } catch (Exception e) {
            System.err.println("baton: closing failed: " + e.getMessage());
        }
    }

    private void awaitLeader(List<Dispatcher> dispatching) throws InterruptedException {
        long deadline = System.nanoTime() + dispatcher.lease.plus(ELECTION_SLACK).toNanos();
        while (dispatching.stream().noneMatch(one -> one.figures().leads())
                && System.nanoTime() < deadline
                && !termination.requested()) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private void sayWhatToTry(RedisAddress source, RedisAddress store) {
        System.err.printf(
                """
                Try:
                  redis-cli -p %d PUBLISH %s '{"message_id":"hello-1"}'
                  redis-cli -p %d XREVRANGE %s + - COUNT 3
                  ./baton status --redis %s
                Ctrl-C drains and ends.
                """,
                source.uri().getPort(),
                dispatcher.loadChannel(),
                store.uri().getPort(),
                stream.checked(),
                store);
    }

    private void load(Publisher publisher, List<Dispatcher> dispatching, List<Worker> working)
            throws InterruptedException {
        long deadline = duration == null ? Long.MAX_VALUE : System.nanoTime() + duration.toNanos();
        Thread reporting =
                Thread.ofPlatform()
                        .daemon()
                        .name("baton-report")
                        .start(() -> report(publisher, dispatching, working));
        try {
            if (rate > 0) {
                publisher.publish(
                        new MadeUpMessages("run-" + UUID.randomUUID(), Long.MAX_VALUE, size),
                        rate,
                        () -> termination.requested() || System.nanoTime() - deadline >= 0);
            }
            while (!termination.requested() && System.nanoTime() < deadline) {
                if (termination.await(Duration.ofMillis(50))) {
                    return;
                }
            }
        } finally {
            reporting.interrupt();
        }
    }

    private void report(Publisher publisher, List<Dispatcher> dispatching, List<Worker> working) {
        Rates rates = new Rates(4);
        boolean committedBefore = false;
        long nextReport = System.nanoTime() + role.report.toNanos();
        try {
            while (true) {
                TimeUnit.MILLISECONDS.sleep(committedBefore ? 100 : 1);
                long committed = working.stream().mapToLong(one -> one.figures().committed()).sum();
                if (committed > 0 && !committedBefore) {
                    committedBefore = true;
                    long sinceStart =
                            System.currentTimeMillis()
                                    - ManagementFactory.getRuntimeMXBean().getStartTime();
                    System.err.printf(
                            "first message committed %.2f s after the start%n", sinceStart / 1e3);
                }
                if (System.nanoTime() - nextReport >= 0) {
                    nextReport += role.report.toNanos();
                    long[] perSecond =
                            rates.perSecond(
                                    publisher.published(),
                                    dispatching.stream()
                                            .mapToLong(one -> one.figures().dispatched())
                                            .sum(),
                                    committed,
                                    working.stream().mapToLong(one -> one.figures().dead()).sum());
                    System.err.printf(
                            "published %,d/s  dispatched %,d/s  committed %,d/s  dead %,d/s%n",
                            perSecond[0], perSecond[1], perSecond[2], perSecond[3]);
                }
            }
        } catch (InterruptedException e) {
            // The run is over.
        }
    }

    /// Waits until what was published has been taken in and finished, as long as draining may take.
    private void settle(SliceBooks books, Books before, Publisher publisher)
            throws InterruptedException {
        long deadline = System.nanoTime() + role.drainTimeout.toNanos();
        while (System.nanoTime() < deadline) {
            Books now = books.read();
            boolean takenIn =
                    now.accepted() + now.count("lost") - before.accepted() - before.count("lost")
                            >= publisher.published();
            if (takenIn && now.backlog() == 0) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    private static int summary(Books now, Books before, Publisher publisher) {
        long published = publisher.published();
        long dispatched = now.accepted() - before.accepted();
        long lost = now.count("lost") - before.count("lost");
        long inFlight = now.backlog() + now.retry();
        System.err.printf(
                """

                published      %,12d
                dispatched     %,12d
                committed      %,12d
                dead           %,12d
                dropped        %,12d
                in flight      %,12d
                declared lost  %,12d
                books balance  %12s
                """,
                published,
                dispatched,
                now.count("committed") - before.count("committed"),
                now.count("dead") - before.count("dead"),
                now.count("dropped") - before.count("dropped"),
                inFlight,
                lost,
                now.balanced() ? "yes" : "NO");
        boolean nothingMissing = dispatched + lost >= published;
        return now.balanced() && nothingMissing && inFlight == 0 ? ExitCode.FINE : ExitCode.FAILURE;
    }
}
