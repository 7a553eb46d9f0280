package dev.baton.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.testing.RedisProcess;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A dispatcher that counts a message as safe only when a replica has it, on a real server with a real replica.
class ReplicasIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration RETENTION = Duration.ofMillis(200);
    private static final int PAYLOAD_BYTES = 64 << 10;
    private static final int MESSAGES = 64;

    private RedisProcess primary;
    private RedisProcess replica;
    private RedisConnector connector;
    private StatefulRedisConnection<byte[], byte[]> client;

    @BeforeEach
    void start() {
        primary = RedisProcess.start();
        replica =
                RedisProcess.start(
                        "--replicaof",
                        "127.0.0.1 " + primary.port(),
                        "--repl-diskless-sync-delay",
                        "0");
        connector = new RedisConnector(RedisAddress.parse(primary.uri()));
        client = connector.connect();
        await().atMost(PATIENCE)
                .until(() -> client.sync().info("replication").contains("state=online"));
    }

    @AfterEach
    void stop() throws Exception {
        signal("CONT");
        client.close();
        connector.close();
        replica.close();
        primary.close();
    }

    @Test
    void whatTheReplicaDoesNotHaveIsKeptUntilItHasIt() throws Exception {
        try (Dispatcher dispatcher = dispatcher(1)) {
            await().atMost(PATIENCE).until(() -> dispatcher.figures().leads());
            publish();
            awaitReleased(dispatcher);

            signal("STOP");
            publish();
            await().atMost(PATIENCE).until(() -> dispatcher.figures().dispatched() == 2 * MESSAGES);
            await().during(RETENTION.multipliedBy(5))
                    .atMost(PATIENCE)
                    .until(() -> dispatcher.figures().retainedBytes() >= MESSAGES * PAYLOAD_BYTES);

            signal("CONT");
            awaitReleased(dispatcher);
            assertThat(dispatcher.figures().lost()).isZero();
        }
    }

    @Test
    void withoutTheWishItIsForgottenAfterItsTime() throws Exception {
        signal("STOP");
        try (Dispatcher dispatcher = dispatcher(0)) {
            await().atMost(PATIENCE).until(() -> dispatcher.figures().leads());
            publish();

            awaitReleased(dispatcher);
        }
    }

    /// All but the newest chunk.
    private static void awaitReleased(Dispatcher dispatcher) {
        await().atMost(PATIENCE)
                .until(() -> dispatcher.figures().retainedBytes() <= 2L * Retained.CHUNK_BYTES);
    }

    private void publish() {
        byte[] payload = "x".repeat(PAYLOAD_BYTES).getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < MESSAGES; i++) {
            client.sync().publish("messages:published".getBytes(StandardCharsets.UTF_8), payload);
        }
    }

    private void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(replica.pid())).start().waitFor();
    }

    private Dispatcher dispatcher(int confirmReplicas) {
        DispatcherSettings d = DispatcherSettings.defaults("d", RedisAddress.parse(primary.uri()));
        return Dispatcher.start(
                d.toBuilder()
                        .beat(Duration.ofMillis(100))
                        .retention(RETENTION)
                        .confirmReplicas(confirmReplicas)
                        .markInterval(Duration.ofMillis(50))
                        .build());
    }
}
