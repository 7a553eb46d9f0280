package dev.baton.server.cli;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.config.BadConfigurationException;
import dev.baton.server.embedded.EmbeddedCluster;
import dev.baton.server.embedded.EmbeddedRedis;
import dev.baton.server.load.MadeUpMessages;
import dev.baton.server.load.Publisher;
import dev.baton.server.processor.ProcessorSource;
import dev.baton.slice.PipelineBooks;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Everything in one process: a Redis if none is given, dispatchers, workers, a load, and the account at the end.
@Command(name = "run", description = "Try Baton: everything in one process, with a small load.")
final class RunCommand implements Callable<Integer> {

    private static final Duration FOR_EVER = Duration.ofDays(1_000);
    private static final int MAX_PORT = 65_535;

    /// More of either in one process would only be in each other's way.
    private static final int MAX_ROLES = 1_000;

    /// What the id of a message takes, and of the billion that follow it.
    private static final int LEAST_BYTES =
            MadeUpMessages.leastBytes("run-" + new UUID(0, 0), 1_000_000_000);

    private final Termination termination;

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin StreamOptions stream = new StreamOptions();
    @Mixin TransportOptions transport = new TransportOptions();
    @Mixin DispatcherOptions dispatcher = new DispatcherOptions();
    @Mixin WorkerOptions worker = new WorkerOptions();
    @Mixin ProcessorOptions processor = new ProcessorOptions();
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

    @Mixin ClusterOptions cluster = new ClusterOptions();

    RunCommand(Termination termination) {
        this.termination = termination;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (processor.listed()) {
            return ExitCode.FINE;
        }
        check();
        try (ProcessorSource source = processor.source(worker)) {
            return run(source);
        }
    }

    private int run(ProcessorSource source) throws InterruptedException {
        if (redis.given()) {
            return run(redis.sourceAddress(), redis.storeAddress(), List.of(), source);
        }
        if (cluster.cluster) {
            return runOnCluster(source);
        }
        try (EmbeddedRedis embedded =
                EmbeddedRedis.start(new EmbeddedRedis.Options(data, port, List.of()))) {
            RedisAddress address = RedisAddress.parse(embedded.uri());
            System.err.println("Redis 7.0.15 is at " + embedded.uri());
            return run(address, address, List.of(embedded), source);
        }
    }

    private int runOnCluster(ProcessorSource source) throws InterruptedException {
        try (EmbeddedCluster embedded = EmbeddedCluster.start(cluster.replicas)) {
            RedisAddress address = RedisAddress.parse(embedded.uri());
            System.err.println("Redis 7.0.15 is a cluster at " + embedded.uri());
            return run(address, address, embedded.nodes(), source);
        }
    }

    /// Before anything is started.
    private void check() {
        stream.checked();
        dispatcher.channel.loadChannel();
        Bounds.atLeast("--rate", 0).check(rate);
        new Bounds("--size", rate > 0 ? LEAST_BYTES : 0, Integer.MAX_VALUE).check(size);
        new Bounds("--workers", 0, MAX_ROLES).check(workers);
        new Bounds("--dispatchers", 0, MAX_ROLES).check(dispatchers);
        new Bounds("--port", 0, MAX_PORT).check(port);
        new Bounds("--replicas", 0, EmbeddedCluster.MAX_REPLICAS).check(cluster.replicas);
        if (cluster.cluster && (redis.given() || data != null || port != 0)) {
            throw new BadConfigurationException(
                    "--cluster is for an embedded Redis on free ports that keeps nothing; leave out --redis, --source, --store, --data and --port");
        }
        if (cluster.replicas > 0 && !cluster.cluster) {
            throw new BadConfigurationException("--replicas is for --cluster; give both");
        }
        checkData();
        if (data != null && redis.given()) {
            throw new BadConfigurationException(
                    "--data is for the embedded Redis; with --redis, --source or --store there is none");
        }
    }

    private void checkData() {
        Path folder = data;
        if (folder == null) {
            return;
        }
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new BadConfigurationException(
                    "--data: cannot make the folder "
                            + folder
                            + " ("
                            + e.getClass().getSimpleName()
                            + "); give another",
                    e);
        }
        if (!Files.isWritable(folder)) {
            throw new BadConfigurationException(
                    "--data: cannot write to "
                            + folder
                            + "; check its permissions, or give another");
        }
    }

    /// @param servers those of our own
    /// @param processors makes one for each worker
    private int run(
            RedisAddress source,
            RedisAddress store,
            List<EmbeddedRedis> servers,
            ProcessorSource processors)
            throws InterruptedException {
        try (RedisConnector storeConnector = new RedisConnector(store);
                RedisConnector sourceConnector = new RedisConnector(source);
                PipelineBooks books = PipelineBooks.open(storeConnector, stream.checked());
                Publisher publisher =
                        new Publisher(
                                sourceConnector,
                                dispatcher.channel.loadChannel(),
                                dispatcher.channel.sharded)) {
            PipelineBooks.Look before = books.read();
            try (Trial trial = new Trial()) {
                start(trial, source, store, processors);
                trial.awaitLeaders(stream.slices, dispatcher.lease, termination);
                sayWhatToTry(publishTo(sourceConnector), storeConnector);
                ServerCpu cpu = new ServerCpu(servers);
                load(publisher, trial);
                settle(books, before, publisher);
                if (stream.slices > 1) {
                    System.err.println("slices led by each dispatcher: " + trial.leadership());
                }
                System.err.print(cpu.text(publisher.published()));
                trial.drain(role.drainTimeout);
            }
            Account account = new Account(before, books.read(), publisher.published());
            System.err.print(account.text());
            return account.isSettled() ? ExitCode.FINE : ExitCode.FAILURE;
        } catch (RedisException | CompletionException e) {
            throw RedisTrouble.of(store, e);
        }
    }

    private void start(
            Trial trial, RedisAddress source, RedisAddress store, ProcessorSource processors) {
        String name = role.name();
        for (int i = 1; i <= workers; i++) {
            trial.startWorker(
                    worker.settings(name + "-w" + i, store, stream, role.beat).toBuilder()
                            .transport(transport.transport)
                            .build(),
                    processors.create());
        }
        for (int i = 1; i <= dispatchers; i++) {
            trial.startDispatcher(
                    dispatcher
                            .settings(name + "-d" + i, source, store, stream, role.beat)
                            .toBuilder()
                            .transport(transport.transport)
                            .build());
        }
    }

    private void sayWhatToTry(String source, RedisConnector store) {
        System.err.printf(
                """
                Try:
                  redis-cli %s %s %s '{"message_id":"hello-1"}'
                  redis-cli %s XREVRANGE %s + - COUNT 3
                  ./baton status --redis %s%s
                Ctrl-C drains and ends.
                """,
                source,
                dispatcher.channel.sharded ? "SPUBLISH" : "PUBLISH",
                dispatcher.channel.loadChannel(),
                target(store),
                stream.checked().getFirst().stream(),
                store.address(),
                stream.slices == 1 ? "" : " --slices " + stream.slices);
    }

    /// Of a cluster, the very node where dispatchers listen.
    private String publishTo(RedisConnector source) {
        return source.address().cluster() ? server(source) : target(source);
    }

    private String server(RedisConnector connector) {
        byte[] channel = dispatcher.channel.loadChannel().getBytes(StandardCharsets.UTF_8);
        RedisURI server = connector.serverOf(channel);
        return "-h " + server.getHost() + " -p " + server.getPort();
    }

    /// How `redis-cli` is told where to go; it finds a cluster's other nodes itself.
    private String target(RedisConnector connector) {
        RedisAddress address = connector.address();
        if (address.watched() != null) {
            return server(connector);
        }
        return address.cluster()
                ? "-c -h " + address.uri().getHost() + " -p " + address.uri().getPort()
                : "-u " + address;
    }

    private void load(Publisher publisher, Trial trial) throws InterruptedException {
        long deadline = duration == null ? Long.MAX_VALUE : System.nanoTime() + duration.toNanos();
        PrintStream err = System.err;
        try (TrialReport _ = new TrialReport(err, role.report, publisher::published, trial)) {
            if (rate > 0) {
                publisher.publish(
                        new MadeUpMessages("run-" + UUID.randomUUID(), Long.MAX_VALUE, size),
                        rate,
                        () -> termination.requested() || System.nanoTime() - deadline >= 0);
            }
            Duration rest =
                    duration == null
                            ? FOR_EVER
                            : Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
            if (termination.await(rest)) {
                System.err.println("finishing what is in hand ...");
            }
        }
    }

    /// Waits until what was published has been taken in and finished, as long as draining may take.
    private void settle(PipelineBooks books, PipelineBooks.Look before, Publisher publisher)
            throws InterruptedException {
        long deadline = System.nanoTime() + role.drainTimeout.toNanos();
        while (System.nanoTime() < deadline) {
            Account account = new Account(before, books.read(), publisher.published());
            if (account.isTakenIn() && account.backlog() == 0) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }
}
