package dev.baton.bench;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.embedded.EmbeddedRedis;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// One run of one subject on a Redis of its own.
final class Trial implements AutoCloseable {

    /// The server's name among the processes.
    static final String REDIS = "redis";

    private static final String CHANNEL = "bench";
    private static final String STREAM = "bench:out";
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int SETTLED_MILLIS = 500;

    private final Cell cell;
    private final int warmUpSeconds;
    private final int seconds;
    private final EmbeddedRedis redis;
    private final RedisAddress address;
    private final RedisConnector connector;
    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final Outputs outputs;
    private final Processes processes;
    private final Path logs;
    private final Wire wire;
    private final Load load;
    private final AtomicLong arrived = new AtomicLong();
    private long missedAtStart;
    private volatile boolean ended;
    private boolean fine;

    /// @param window messages under way when there is no rate
    Trial(Cell cell, int warmUpSeconds, int seconds, int window) throws IOException {
        this.cell = cell;
        this.warmUpSeconds = warmUpSeconds;
        this.seconds = seconds;
        this.redis = EmbeddedRedis.start(EmbeddedRedis.Options.temporary());
        this.address = RedisAddress.parse(redis.uri());
        this.connector = new RedisConnector(address);
        this.connection = connector.connect();
        this.outputs =
                new Outputs(connection, STREAM, cell.scenario().slices(), cell.scenario().bytes());
        this.logs = Files.createTempDirectory("baton-bench-");
        this.processes = new Processes(cell, redis.uri(), logs);
        this.wire = new Wire(host(), port());
        Letter letter = new Letter(CHANNEL, cell.scenario().bytes());
        this.load = new Load(wire, letter, arrived::get, window);
    }

    /// Runs it.
    ///
    /// @throws IllegalStateException if nothing comes out, a process ends, or the server refuses a publication
    Figures run() throws IOException, InterruptedException {
        processes.start(CHANNEL, STREAM, outputs::allLed);
        awaitReady();
        Thread watch = Thread.ofPlatform().daemon().name("bench-watch").start(this::watch);
        publish(warmUpSeconds);
        Map<String, Double> latencies = Map.of();
        Measured measured;
        if (cell.scenario().perSecond() == 0) {
            measured = measure();
        } else {
            try (Tail tail = new Tail(host(), port(), outputs.streams())) {
                measured = measure();
                latencies = Figures.percentiles(tail.end(measured.messages()));
            }
        }
        ended = true;
        watch.join();
        return figures(measured, latencies);
    }

    /// What is known when the last message has come out.
    private record Measured(long messages, double seconds, Map<String, Double> cpuMicros) {}

    private Measured measure() throws IOException, InterruptedException {
        Map<String, Cpu.Reading> before = readCpu();
        long sentBefore = load.sent();
        long began = System.nanoTime();
        publish(seconds);
        double took = (System.nanoTime() - began) / 1e9;
        long messages = load.sent() - sentBefore;
        Map<String, Double> micros = new LinkedHashMap<>();
        Map<String, Cpu.Reading> after = readCpu();
        before.forEach(
                (name, reading) -> {
                    Cpu.Reading now = after.get(name);
                    if (now != null) {
                        micros.put(name, now.secondsSince(reading) * 1e6 / messages);
                    }
                });
        if (wire.refused()) {
            throw new IllegalStateException("the server refused a publication");
        }
        return new Measured(messages, took, micros);
    }

    private Figures figures(Measured measured, Map<String, Double> latencies)
            throws InterruptedException {
        processes.checkAlive();
        Map<String, Double> peaks = new LinkedHashMap<>();
        Map<String, Double> heaps = new LinkedHashMap<>();
        for (Map.Entry<String, Long> process : processes.pids().entrySet()) {
            peaks.put(process.getKey(), Cpu.peakMebibytes(process.getValue()));
            Heap.usedMebibytes(process.getValue())
                    .ifPresent(used -> heaps.put(process.getKey(), used));
        }
        peaks.put(REDIS, Cpu.peakMebibytes(redis.pid()));
        long lost = load.sent() - arrived.get();
        fine = lost == 0;
        if (!fine) {
            System.err.printf(
                    "baton: %s lost %,d messages; what its processes said is in %s%n",
                    cell.subject(), lost, logs);
        }
        return new Figures(
                measured.messages(),
                measured.seconds(),
                measured.messages() / measured.seconds(),
                lost,
                latencies,
                measured.cpuMicros(),
                peaks,
                heaps);
    }

    private Map<String, Cpu.Reading> readCpu() {
        Map<String, Cpu.Reading> readings = new LinkedHashMap<>();
        readings.put(REDIS, Cpu.read(redis.pid()));
        processes.checkAlive();
        processes.pids().forEach((name, pid) -> readings.put(name, Cpu.read(pid)));
        return readings;
    }

    /// Messages published before anybody listens are lost: they do not count.
    private void awaitReady() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!outputs.allFlow()) {
            processes.checkAlive();
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "nothing comes out of " + cell.subject() + "; see " + logs);
            }
            load.publish(TimeUnit.MILLISECONDS.toNanos(20), 100);
            TimeUnit.MILLISECONDS.sleep(100);
        }
        long before;
        do {
            before = outputs.length();
            TimeUnit.MILLISECONDS.sleep(SETTLED_MILLIS);
        } while (outputs.length() > before);
        missedAtStart = load.sent() - before;
    }

    private void watch() {
        try {
            while (!ended) {
                arrived.set(outputs.grown() + missedAtStart);
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
        } catch (RuntimeException gone) {
            // Without a server there is nothing to see; whoever waits finds that nothing arrives.
        }
    }

    private String host() {
        return address.uri().getHost();
    }

    private int port() {
        return address.uri().getPort();
    }

    /// Publishes for a time, and waits until all has come out.
    private void publish(int forSeconds) throws IOException, InterruptedException {
        load.publish(TimeUnit.SECONDS.toNanos(forSeconds), cell.scenario().perSecond());
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (arrived.get() < load.sent() && System.nanoTime() < deadline) {
            processes.checkAlive();
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    @Override
    public void close() throws IOException {
        processes.close();
        wire.close();
        connection.close();
        connector.close();
        redis.close();
        if (fine) {
            deleteLogs();
        }
    }

    /// Those of a run that went wrong stay.
    private void deleteLogs() throws IOException {
        try (Stream<Path> files = Files.list(logs)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(logs);
    }
}
