package dev.baton.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.MessageProcessor;
import dev.baton.Outcome;
import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.slice.Books;
import dev.baton.slice.SliceBooks;
import dev.baton.testing.RedisProcess;
import dev.baton.worker.Worker;
import dev.baton.worker.WorkerSettings;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Nobody works while messages come: lanes, then the buffer, then declared losses; and back without a restart.
class BackPressureIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int MAX_BACKLOG = 1_000;
    private static final long MAX_BACKLOG_BYTES = 1_200_000;
    private static final long MAX_RETAINED_BYTES = 8L * Retained.CHUNK_BYTES;
    private static final int MESSAGES = 10_000;
    private static final String PADDING = "x".repeat(1_000);

    private RedisProcess redis;
    private RedisConnector connector;
    private StatefulRedisConnection<byte[], byte[]> client;
    private SliceBooks books;

    @BeforeEach
    void start() {
        redis = RedisProcess.start();
        connector = new RedisConnector(RedisAddress.parse(redis.uri()));
        client = connector.connect();
        books = SliceBooks.open(connector, "messages:processed");
    }

    @AfterEach
    void stop() {
        books.close();
        client.close();
        connector.close();
        redis.close();
    }

    @Test
    void lanesThenTheBufferFillThenLossesAreDeclaredToTheMessageAndAllElseIsCommitted() {
        fill(settings -> settings.maxBacklogEntries(MAX_BACKLOG), MessageProcessor.passOn());
    }

    @Test
    void soItIsWhenTheLanesAreBoundInBytes() {
        fill(settings -> settings.maxBacklogBytes(MAX_BACKLOG_BYTES), MessageProcessor.passOn());
    }

    @Test
    void soItIsWhenTheServersMemoryIsTheBound() {
        client.sync().configSet("maxmemory", "8mb");
        fill(settings -> settings.maxMemoryPercent(40), message -> Outcome.drop());
    }

    private void fill(Consumer<DispatcherSettings.Builder> bound, MessageProcessor processor) {
        RedisAddress address = RedisAddress.parse(redis.uri());
        try (Dispatcher dispatcher = Dispatcher.start(settings(address, bound))) {
            await().atMost(PATIENCE).until(() -> dispatcher.figures().leads());
            for (int i = 0; i < MESSAGES; i++) {
                client.sync()
                        .publish(
                                bytes("messages:published"),
                                bytes(
                                        "{\"message_id\":\"m-"
                                                + i
                                                + "\",\"x\":\""
                                                + PADDING
                                                + "\"}"));
            }
            await().atMost(PATIENCE).until(() -> dispatcher.figures().heard() == MESSAGES);
            await().during(Duration.ofMillis(500))
                    .atMost(PATIENCE)
                    .until(
                            () -> {
                                long backlog = books.read().backlog();
                                return backlog >= MAX_BACKLOG && backlog < 4 * MAX_BACKLOG;
                            });
            assertThat(dispatcher.figures().retainedBytes())
                    .isLessThanOrEqualTo(MAX_RETAINED_BYTES);

            try (Worker worker = Worker.start(WorkerSettings.defaults("w", address), processor)) {
                await().atMost(PATIENCE)
                        .untilAsserted(
                                () -> {
                                    Books now = books.read();
                                    assertThat(finished(now) + now.count("lost"))
                                            .isEqualTo(MESSAGES);
                                });
            }
        }
        Books after = books.read();
        assertThat(after.count("lost")).isPositive();
        assertThat(finished(after)).isGreaterThan(2 * MAX_BACKLOG);
        assertThat(after.gaps()).isPositive();
        assertThat(after.balanced()).isTrue();
    }

    private static long finished(Books books) {
        return books.count("committed") + books.count("dropped");
    }

    private static DispatcherSettings settings(
            RedisAddress address, Consumer<DispatcherSettings.Builder> bound) {
        DispatcherSettings.Builder settings =
                DispatcherSettings.builder("d", address)
                        .maxRetainedBytes(MAX_RETAINED_BYTES)
                        .maxMemoryPercent(0)
                        .maxBacklogEntries(0);
        bound.accept(settings);
        return settings.build();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
