package dev.baton.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.baton.testing.RedisProcess;
import dev.baton.testing.RedisSentinels;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Connections that lead to whoever is primary.
class SentinelIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /// A sentinel makes a replica of a primary that was replaced after about 10 s. Connections have to leave it before, and
    /// before a dispatcher forgets what it had dispatched there, 5 s by default.
    private static final Duration LEFT_WITHIN = Duration.ofSeconds(5);

    private static final byte[] KEY = "key".getBytes(StandardCharsets.UTF_8);

    private static RedisSentinels sentinels;

    @BeforeAll
    static void start() {
        sentinels = RedisSentinels.start();
    }

    @AfterAll
    static void stop() {
        sentinels.close();
    }

    @Test
    void connectionsLeaveAPrimaryThatWasReplacedAndLivesOn() {
        RedisProcess former = sentinels.primary();
        try (RedisConnector connector = new RedisConnector(RedisAddress.parse(sentinels.uri()));
                StoreConnection store = connector.store()) {
            assertThat(connector.serverOf(KEY).getPort()).isEqualTo(former.port());
            store.sync().set(KEY, KEY);
            StatefulRedisPubSubConnection<byte[], byte[]> ears =
                    connector.connectForSubscription(
                            ByteArrayCodec.INSTANCE, connector.serverOf(KEY));

            sentinels.failOver();
            sentinels.awaitSuccessorOf(former);

            await().atMost(LEFT_WITHIN)
                    .pollInterval(20, TimeUnit.MILLISECONDS)
                    .ignoreExceptions()
                    .until(() -> port(store) == sentinels.primary().port());
            await().atMost(LEFT_WITHIN).until(() -> !ears.isOpen());
            assertThat(sentinels.info(former, "replication")).contains("role:master");
            assertThat(connector.serverOf(KEY).getPort()).isEqualTo(sentinels.primary().port());
            assertThat(store.sync().get(KEY)).isEqualTo(KEY);
            // Others count on a replica that can take over.
            await().atMost(PATIENCE)
                    .until(
                            () ->
                                    sentinels
                                            .info(former, "replication")
                                            .contains("master_link_status:up"));
        }
    }

    private static int port(StoreConnection store) {
        return store.sync()
                .info("server")
                .lines()
                .filter(line -> line.startsWith("tcp_port:"))
                .mapToInt(line -> Integer.parseInt(line.substring(9).strip()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aNameThatNoSentinelKnowsIsSaidToBeUnknown() {
        String uri = sentinels.uri().replace(RedisSentinels.NAME, "nobody");
        try (RedisConnector connector = new RedisConnector(RedisAddress.parse(uri))) {
            assertThatThrownBy(connector::store)
                    .isInstanceOf(RedisUnreachableException.class)
                    .hasMessageContaining("no sentinel knows a primary named nobody");
        }
    }

    @Test
    void oneSentinelOfThoseNamedIsEnough() {
        String uri = sentinels.uri().replace("redis-sentinel://", "redis-sentinel://127.0.0.1:1,");
        try (RedisConnector connector = new RedisConnector(RedisAddress.parse(uri));
                StatefulRedisConnection<byte[], byte[]> connection = connector.connect()) {
            assertThat(connection.sync().ping()).isEqualTo("PONG");
        }
    }

    @Test
    void sentinelsThatAreAwayAreNamedWithTheReason() {
        RedisAddress address = RedisAddress.parse("redis-sentinel://127.0.0.1:1#x");
        try (RedisConnector connector = new RedisConnector(address)) {
            assertThatThrownBy(connector::store)
                    .isInstanceOf(RedisUnreachableException.class)
                    .hasMessageContaining("redis-sentinel://127.0.0.1:1#x")
                    .hasMessageContaining("no sentinel answers")
                    .hasMessageContaining("refused");
        }
    }
}
