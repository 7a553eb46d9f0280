package dev.baton.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.testing.RedisProcess;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.protocol.CommandType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Transactions on a connection that others use too.
class TransactionIT {

    private static final byte[] LIST = bytes("list");
    private static final byte[] OTHER = bytes("other");
    private static final int COMMANDS = 20;
    private static final int THREADS = 3;

    private final RedisProcess redis = RedisProcess.start();
    private final RedisConnector connector = new RedisConnector(RedisAddress.parse(redis.uri()));
    private final StoreConnection store = connector.store();

    /// The first asks.
    @BeforeEach
    void ask() {
        assertThatThrownBy(() -> get(store.transact(LIST, pushes(0))))
                .hasCauseInstanceOf(DiscardedException.class);
        store.sync().ping();
        assertThat(store.sync().exists(LIST)).isZero();
    }

    @AfterEach
    void stop() {
        store.close();
        connector.close();
        redis.close();
    }

    @Test
    void whatOtherThreadsSendMeanwhileIsNoPartOfIt() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        List<CompletableFuture<Long>> counts = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            CompletableFuture<Long> count = new CompletableFuture<>();
            byte[] key = bytes("count" + i);
            counts.add(count);
            threads.add(Thread.ofPlatform().start(() -> count(key, done, count)));
        }

        for (int round = 0; round < 3_000; round++) {
            List<CompletableFuture<List<Object>>> underWay = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                underWay.add(store.transact(LIST, pushes(0)));
            }
            long length = round * 4L * COMMANDS;
            for (CompletableFuture<List<Object>> one : underWay) {
                List<Object> expected = new ArrayList<>();
                for (int i = 0; i < COMMANDS; i++) {
                    expected.add(++length);
                }
                assertThat(get(one)).isEqualTo(expected);
            }
        }

        done.set(true);
        for (int i = 0; i < THREADS; i++) {
            assertThat(get(counts.get(i)))
                    .isPositive()
                    .isEqualTo(Long.parseLong(text(store.sync().get(bytes("count" + i)))));
            threads.get(i).join();
        }
    }

    /// Counts by many at a time, so that they lie everywhere.
    private void count(byte[] key, AtomicBoolean done, CompletableFuture<Long> total) {
        long count = 0;
        try {
            while (!done.get()) {
                List<CompletableFuture<Long>> underWay = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    underWay.add(store.async().incr(key).toCompletableFuture());
                }
                for (CompletableFuture<Long> one : underWay) {
                    if (get(one) != ++count) {
                        throw new IllegalStateException("another's answer");
                    }
                }
            }
            total.complete(count);
        } catch (Exception e) {
            total.completeExceptionally(e);
        }
    }

    private static Transaction pushes(int number) {
        Transaction transaction = new Transaction(0);
        for (int i = 0; i < COMMANDS; i++) {
            transaction.add(CommandType.RPUSH, List.of(LIST, bytes(number + " " + i)));
        }
        return transaction;
    }

    @Test
    void anErrorOfTheLastCommandIsItsOutcome() {
        store.sync().set(OTHER, OTHER);
        Transaction transaction = pushes(0).add(CommandType.RPUSH, List.of(OTHER, OTHER));

        assertThatThrownBy(() -> get(store.transact(LIST, transaction)))
                .hasCauseInstanceOf(RedisCommandExecutionException.class)
                .hasMessageContaining("WRONGTYPE");

        assertThat(store.sync().llen(LIST)).isEqualTo(COMMANDS);
    }

    @Test
    void whatIsRefusedWhenItIsSentDiscardsTheWhole() {
        Transaction transaction = pushes(0).add(CommandType.RPUSH, List.of(OTHER));

        assertThatThrownBy(() -> get(store.transact(LIST, transaction)))
                .hasCauseInstanceOf(DiscardedException.class)
                .hasMessageContaining("wrong number of arguments");

        assertThat(store.sync().exists(LIST)).isZero();
    }

    @Test
    void withoutMemoryNothingTakesEffect() throws Exception {
        store.sync().configSet("maxmemory", "1");

        assertThatThrownBy(() -> get(store.transact(LIST, pushes(0))))
                .hasCauseInstanceOf(DiscardedException.class)
                .hasMessageContaining("OOM");

        store.sync().configSet("maxmemory", "0");
        assertThat(get(store.transact(LIST, pushes(0)))).hasSize(COMMANDS);
        assertThat(store.sync().llen(LIST)).isEqualTo(COMMANDS);
    }

    /// As in a process that was stopped for a while.
    @Test
    void oneThatWaitedForTooLongInTheClientIsNotSent() throws Exception {
        CompletableFuture<Void> asleep = new CompletableFuture<>();
        var _ =
                store.async()
                        .blpop(0.3, OTHER)
                        .thenRun(
                                () -> {
                                    asleep.complete(null);
                                    sleep(RedisConnector.COMMAND_TIMEOUT.toMillis() + 1_000);
                                });
        get(asleep);
        CompletableFuture<List<Object>> late = store.transact(LIST, pushes(0));

        assertThatThrownBy(() -> late.get(5, TimeUnit.SECONDS))
                .hasCauseInstanceOf(RedisCommandTimeoutException.class);

        assertThat(store.sync().exists(LIST)).isZero();
        assertThat(get(store.transact(LIST, pushes(0)))).hasSize(COMMANDS);
    }

    /// It was sent, so it takes effect when the server goes on, and its answers are nobody else's.
    @Test
    void oneThatWaitsForTooLongAtTheServerTakesEffectAsAWhole() throws Exception {
        store.sync().clientPause(RedisConnector.COMMAND_TIMEOUT.toMillis() + 1_000);
        CompletableFuture<List<Object>> late = store.transact(LIST, pushes(0));

        assertThatThrownBy(() -> late.get(5, TimeUnit.SECONDS))
                .hasCauseInstanceOf(RedisCommandTimeoutException.class);

        assertThat(store.sync().llen(LIST)).isEqualTo(COMMANDS);
        assertThat(get(store.transact(LIST, pushes(0)))).hasSize(COMMANDS);
    }

    @Test
    void whenTheServerDiesItFails() {
        List<CompletableFuture<List<Object>>> underWay = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            underWay.add(store.transact(LIST, pushes(0)));
        }
        redis.close();
        underWay.add(store.transact(LIST, pushes(0)));

        assertThatThrownBy(() -> get(underWay.getLast()))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isNotInstanceOf(RedisCommandTimeoutException.class);
        assertThat(CompletableFuture.allOf(underWay.toArray(CompletableFuture<?>[]::new)))
                .as("none is waited for for ever")
                .failsWithin(Duration.ofSeconds(5));
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static <T> T get(CompletableFuture<T> call) throws Exception {
        return call.get(20, TimeUnit.SECONDS);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
