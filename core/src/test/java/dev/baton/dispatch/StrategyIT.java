package dev.baton.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.Outcome;
import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.slice.SliceBooks;
import dev.baton.testing.RedisProcess;
import dev.baton.worker.Worker;
import dev.baton.worker.WorkerSettings;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/// Three workers, one of them ten times as slow as the others, under load that comes in bursts.
class StrategyIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int FAST_MILLIS = 2;
    private static final int SLOW_MILLIS = 20;
    private static final int BURST = 120;
    private static final int BURST_EVERY_MILLIS = 200;

    /// Rates are learnt meanwhile.
    private static final int WARM_UP_BURSTS = 5;

    /// What a worker saw: how long messages had been in its lane when it began with them.
    private static final class Waits {
        final LongAdder messages = new LongAdder();
        final LongAdder millis = new LongAdder();

        double mean() {
            return (double) millis.sum() / Math.max(1, messages.sum());
        }
    }

    @Test
    void aSlowWorkersMessagesWaitNoLongerThanTwiceAsLongAsOthersWithLeastBacklog()
            throws Exception {
        assertThat(slowToFast(LaneChoice::leastBacklog, 25)).isLessThan(2);
    }

    @Test
    void andMuchLongerWithRoundRobin() throws Exception {
        assertThat(slowToFast(LaneChoice::roundRobin, 8)).isGreaterThan(3);
    }

    private static double slowToFast(Supplier<LaneChoice> strategy, int bursts) throws Exception {
        try (RedisProcess redis = RedisProcess.start()) {
            RedisAddress address = RedisAddress.parse(redis.uri());
            Waits a = new Waits();
            Waits b = new Waits();
            Waits slow = new Waits();
            try (Worker one = worker("a", address, FAST_MILLIS, a);
                    Worker other = worker("b", address, FAST_MILLIS, b);
                    Worker third = worker("slow", address, SLOW_MILLIS, slow);
                    Dispatcher dispatcher =
                            Dispatcher.start(
                                    DispatcherSettings.builder("d", address)
                                            .strategy(strategy)
                                            .build())) {
                await().atMost(PATIENCE).until(() -> dispatcher.figures().leads());
                publish(address, Math.multiplyExact(bursts, BURST));
                try (RedisConnector connector = new RedisConnector(address);
                        SliceBooks books = SliceBooks.open(connector, "messages:processed")) {
                    await().atMost(PATIENCE)
                            .until(
                                    () ->
                                            books.read().count("committed")
                                                    == Math.multiplyExact(bursts, BURST));
                }
            }
            System.out.printf(
                    "mean wait in a lane: %.0f ms and %.0f ms, the slow worker's (%d messages) %.0f ms%n",
                    a.mean(), b.mean(), slow.messages.sum(), slow.mean());
            assertThat(slow.messages.sum()).isPositive();
            return slow.mean() / Math.max(a.mean(), b.mean());
        }
    }

    private static Worker worker(String id, RedisAddress store, int millis, Waits waits) {
        return Worker.start(
                WorkerSettings.defaults(id, store),
                message -> {
                    if (number(message.id()) >= WARM_UP_BURSTS * BURST) {
                        waits.messages.increment();
                        waits.millis.add(
                                System.currentTimeMillis() - message.dispatchedAt().toEpochMilli());
                    }
                    Thread.sleep(millis);
                    return Outcome.passOn();
                });
    }

    private static int number(String id) {
        return Integer.parseInt(id.substring(2));
    }

    private static void publish(RedisAddress address, int messages) {
        try (RedisConnector connector = new RedisConnector(address);
                StatefulRedisConnection<byte[], byte[]> client = connector.connect()) {
            long nextNanos = System.nanoTime();
            CompletionStage<Long> last = CompletableFuture.completedStage(0L);
            for (int i = 0; i < messages; i++) {
                if (i % BURST == 0) {
                    LockSupport.parkNanos(Math.max(0, nextNanos - System.nanoTime()));
                    nextNanos += BURST_EVERY_MILLIS * 1_000_000L;
                }
                last =
                        client.async()
                                .publish(
                                        bytes("messages:published"),
                                        bytes("{\"message_id\":\"m-" + i + "\"}"));
            }
            last.toCompletableFuture().join();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
