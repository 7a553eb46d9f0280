package dev.baton.bench;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.embedded.EmbeddedRedis;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/// One run of one subject on a Redis of its own.
final class Trial implements AutoCloseable {

    private static final String CHANNEL = "bench";
    private static final String STREAM = "bench:out";
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    /// What is done.
    ///
    /// @param bytes of a message
    /// @param perSecond 0 for as many as come through
    /// @param window messages under way when there is no rate
    record Plan(
            int bytes, long perSecond, int workers, int warmUpSeconds, int seconds, int window) {

        /// As it is asked for on the command line.
        @Override
        public String toString() {
            return "--size %d --rate %d --workers %d --warm-up %d --seconds %d --window %d"
                    .formatted(bytes, perSecond, workers, warmUpSeconds, seconds, window);
        }
    }

    /// What came out.
    ///
    /// @param messages measured
    /// @param seconds from the first publication until the last was in the stream
    /// @param lost messages that did not come out
    /// @param cpuMicros a message, by process
    /// @param peakMebibytes by process
    /// @param latencyMicros from when a message ought to have been sent until a reader had its entry; empty without a rate
    record Result(
            Subject subject,
            long messages,
            double seconds,
            long lost,
            Map<String, Double> cpuMicros,
            Map<String, Double> peakMebibytes,
            Histogram latencyMicros) {

        double perSecond() {
            return messages / seconds;
        }
    }

    private final Subject subject;
    private final Plan plan;
    private final EmbeddedRedis redis;
    private final RedisConnector connector;
    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final Map<String, Process> processes;
    private final Path logs;
    private final Wire wire;
    private final AtomicLong arrived = new AtomicLong();
    private long missedAtStart;
    private volatile boolean ended;
    private boolean fine;

    Trial(Subject subject, Plan plan) throws IOException {
        this.subject = subject;
        this.plan = plan;
        this.redis = EmbeddedRedis.start(EmbeddedRedis.Options.temporary());
        RedisAddress address = RedisAddress.parse(redis.uri());
        this.connector = new RedisConnector(address);
        this.connection = connector.connect();
        this.logs = Files.createTempDirectory("baton-bench-");
        this.processes = subject.start(redis.uri(), CHANNEL, STREAM, plan.workers(), logs);
        this.wire = new Wire(address.uri().getHost(), address.uri().getPort());
    }

    /// Runs it.
    ///
    /// @throws IllegalStateException if messages do not come out
    Result run() throws IOException, InterruptedException {
        Letter letter = new Letter(CHANNEL, plan.bytes());
        Load load = new Load(wire, letter, arrived::get, plan.window());
        awaitReady(load);
        Thread watch = Thread.ofPlatform().daemon().name("bench-watch").start(this::watch);
        load.publish(TimeUnit.SECONDS.toNanos(plan.warmUpSeconds()), plan.perSecond());
        awaitAll(load);
        try (StatefulRedisConnection<byte[], byte[]> reading = connector.connect()) {
            Tail tail = new Tail(reading, STREAM);
            Thread reader = plan.perSecond() == 0 ? null : Thread.ofPlatform().start(tail);
            Result result = measure(load, tail);
            tail.end();
            if (reader != null) {
                reader.join();
            }
            ended = true;
            watch.join();
            fine = result.lost() == 0;
            return result;
        }
    }

    private Result measure(Load load, Tail tail) throws IOException, InterruptedException {
        Map<String, Double> before = cpuSeconds();
        long sentBefore = load.sent();
        tail.begin();
        long began = System.nanoTime();
        load.publish(TimeUnit.SECONDS.toNanos(plan.seconds()), plan.perSecond());
        awaitAll(load);
        double seconds = (System.nanoTime() - began) / 1e9;
        long messages = load.sent() - sentBefore;
        Map<String, Double> micros = new LinkedHashMap<>();
        Map<String, Double> peaks = new LinkedHashMap<>();
        cpuSeconds()
                .forEach(
                        (name, now) ->
                                micros.put(
                                        name,
                                        (now - before.getOrDefault(name, 0.0)) * 1e6 / messages));
        processes.forEach((name, process) -> peaks.put(name, Cpu.peakMebibytes(process.pid())));
        if (wire.refused()) {
            throw new IllegalStateException("the server refused a publication");
        }
        return new Result(
                subject,
                messages,
                seconds,
                load.sent() - arrived.get(),
                micros,
                peaks,
                tail.micros());
    }

    private Map<String, Double> cpuSeconds() {
        Map<String, Double> seconds = new LinkedHashMap<>();
        seconds.put("redis", Cpu.seconds(redis.pid()));
        processes.forEach((name, process) -> seconds.put(name, Cpu.seconds(process.pid())));
        return seconds;
    }

    /// Messages published before anybody listens are lost: they do not count.
    private void awaitReady(Load load) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (length() == 0) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("nothing comes out of " + subject);
            }
            load.publish(TimeUnit.MILLISECONDS.toNanos(20), 100);
            TimeUnit.MILLISECONDS.sleep(100);
        }
        TimeUnit.SECONDS.sleep(1);
        missedAtStart = load.sent() - length();
    }

    private void watch() {
        while (!ended) {
            arrived.set(length() + missedAtStart);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    private void awaitAll(Load load) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (arrived.get() < load.sent() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    private long length() {
        return connection.sync().xlen(STREAM.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() throws IOException {
        processes.values().forEach(Process::destroyForcibly);
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
