package dev.baton.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.MessageProcessor;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Nobody works while messages come: lanes, then the buffer, then declared losses; and back without a restart.
class BackPressureIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int MAX_BACKLOG = 1_000;
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
        RedisAddress address = RedisAddress.parse(redis.uri());
        try (Dispatcher dispatcher = Dispatcher.start(settings(address))) {
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

            try (Worker worker =
                    Worker.start(
                            WorkerSettings.defaults("w", address), MessageProcessor.passOn())) {
                await().atMost(PATIENCE)
                        .untilAsserted(
                                () -> {
                                    Books now = books.read();
                                    assertThat(now.count("committed") + now.count("lost"))
                                            .isEqualTo(MESSAGES);
                                });
            }
        }
        Books after = books.read();
        assertThat(after.count("lost")).isPositive();
        assertThat(after.count("committed")).isGreaterThan(2 * MAX_BACKLOG);
        assertThat(after.gaps()).isPositive();
        assertThat(after.balanced()).isTrue();
    }

    private static DispatcherSettings settings(RedisAddress address) {
        DispatcherSettings d = DispatcherSettings.defaults("d", address);
        return d.toBuilder()
                .maxRetainedBytes(MAX_RETAINED_BYTES)
                .maxBacklogEntries(MAX_BACKLOG)
                .build();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
