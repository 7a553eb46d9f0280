package dev.baton.worker;

import dev.baton.MessageProcessor;
import dev.baton.duty.DutyRunner;
import dev.baton.duty.Health;
import dev.baton.duty.Waker;
import dev.baton.redis.RedisConnector;
import dev.baton.redis.StoreCheck;
import dev.baton.slice.RedisSlice;
import dev.baton.slice.SliceCount;
import dev.baton.slice.SliceKeys;
import dev.baton.slice.TransportCheck;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running worker: one lane in each slice, and threads that serve them all. Thread-safe.
public final class Worker implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Worker.class);

    /// How long [#close] waits for what is in hand.
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    /// How long leaving may take once the drain time is over; if the store is away, the leader takes the lane instead.
    private static final Duration LEAVE_TIMEOUT = Duration.ofSeconds(2);

    private final WorkerSettings settings;
    private final RedisConnector connector;
    private final List<RedisSlice> slices;
    private final ProcessorThreads processors;
    private final WorkerDuties duty;
    private final DutyRunner runner;

    private Worker(
            WorkerSettings settings,
            MessageProcessor processor,
            RedisConnector connector,
            List<RedisSlice> slices) {
        this.settings = settings;
        this.connector = connector;
        this.slices = slices;
        Waker wake = new Waker();
        this.processors =
                new ProcessorThreads(
                        settings.id(),
                        settings.slices(),
                        settings.concurrency(),
                        new Processing(
                                settings,
                                processor,
                                () -> ThreadLocalRandom.current().nextDouble()),
                        wake);
        Health health = new Health("worker " + settings.id(), settings.store().toString());
        this.duty =
                new WorkerDuties(
                        settings,
                        IntStream.range(0, slices.size())
                                .mapToObj(number -> duty(number, wake, health))
                                .toList(),
                        processors);
        this.runner = new DutyRunner("baton-worker-" + settings.id(), duty);
        wake.aimAt(runner);
    }

    private WorkerDuty duty(int number, Waker wake, Health health) {
        return new WorkerDuty(
                settings,
                slices.get(number),
                number,
                about(),
                () -> UUID.randomUUID().toString(),
                processors.of(number),
                wake,
                new SplittableRandom(),
                health);
    }

    /// Connects, checks the store and begins.
    ///
    /// @throws dev.baton.redis.RedisUnreachableException if the store does not answer
    /// @throws dev.baton.redis.UnfitStoreException if it may not hold a slice, or the stream has another transport
    public static Worker start(WorkerSettings settings, MessageProcessor processor) {
        List<SliceKeys> keys = SliceKeys.of(settings.stream(), settings.slices());
        RedisConnector connector =
                new RedisConnector(settings.store(), "baton-worker-" + settings.id());
        try {
            StoreCheck.check(connector, SliceKeys.types(keys));
            SliceCount.check(connector, settings.stream(), settings.slices());
            TransportCheck.check(connector, keys, settings.transport());
            Worker worker =
                    new Worker(
                            settings,
                            processor,
                            connector,
                            RedisSlice.forWorker(connector, keys, settings.transport()));
            worker.processors.start();
            worker.runner.start();
            return worker;
        } catch (RuntimeException e) {
            connector.close();
            throw e;
        }
    }

    /// Completes when the worker has stopped, exceptionally if it failed.
    public CompletableFuture<Void> finished() {
        return runner.finished();
    }

    /// What it finished so far.
    public WorkerFigures figures() {
        return duty.figures();
    }

    /// Takes nothing new, finishes what its lane holds, leaves. What is left when the time runs out goes to others; if
    /// the processor is still at work then, what the worker holds gets a crash mark.
    ///
    /// @return false if the time ran out
    public boolean drain(Duration timeout) throws InterruptedException {
        duty.quiet();
        runner.wake();
        if (runner.awaitFinish(timeout)) {
            return true;
        }
        log.warn(
                "worker {}: not drained within {} s; the rest goes to others",
                settings.id(),
                timeout.toSeconds());
        duty.giveUp();
        runner.wake();
        if (!runner.awaitFinish(LEAVE_TIMEOUT)) {
            runner.abandon();
        }
        return false;
    }

    /// Drains for a few seconds and stops.
    @Override
    public void close() {
        try {
            if (!runner.finished().isDone()) {
                drain(CLOSE_TIMEOUT);
            }
        } catch (InterruptedException e) {
            runner.abandon();
            Thread.currentThread().interrupt();
        }
        processors.close();
        slices.forEach(RedisSlice::close);
        connector.close();
    }

    private static Map<String, String> about() {
        return Map.of(
                "host",
                host(),
                "pid",
                Long.toString(ProcessHandle.current().pid()),
                "started",
                Long.toString(ManagementFactory.getRuntimeMXBean().getStartTime()));
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown";
        }
    }
}
