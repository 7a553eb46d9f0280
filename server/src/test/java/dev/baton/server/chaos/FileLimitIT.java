package dev.baton.server.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.embedded.EmbeddedRedis;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A store whose file may not grow.
class FileLimitIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void theStoreRefusesWritesLivesAndWritesAgain() {
        assumeThat(FileLimit.whyNot()).isNull();
        var kept = new EmbeddedRedis.Options(null, 0, List.of("appendonly", "yes"));
        try (EmbeddedRedis store = EmbeddedRedis.start(kept);
                var connector = new RedisConnector(RedisAddress.parse(store.uri()));
                var connection = connector.connect()) {
            FileLimit limit = FileLimit.set(store.pid(), 4_096);
            await().atMost(PATIENCE).until(() -> "MISCONF".equals(refusal(connection.sync())));

            limit.lift();

            await().atMost(PATIENCE).until(() -> refusal(connection.sync()).isEmpty());
            assertThat(connection.sync().get(Ground.bytes("key"))).hasSize(1_000);
        }
    }

    private static String refusal(RedisCommands<byte[], byte[]> store) {
        try {
            var _ = store.set(Ground.bytes("key"), new byte[1_000]);
            return "";
        } catch (RedisCommandExecutionException e) {
            return String.valueOf(e.getMessage()).split(" ", 2)[0];
        }
    }
}
