package dev.baton.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.redis.RedisUnreachableException;
import dev.baton.testing.RedisProcess;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RedisSourceIT {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @Test
    void anAttemptThatFailsHalfWayLeavesNoConnectionBehind() {
        try (RedisProcess redis = RedisProcess.start();
                RedisConnector observer = new RedisConnector(RedisAddress.parse(redis.uri()));
                RedisConnector connector = new RedisConnector(RedisAddress.parse(redis.uri()))) {
            RedisCommands<byte[], byte[]> commands = observer.connect().sync();
            // The observer and the ears, but not the mouth.
            commands.configSet("maxclients", "2");
            RedisSource source =
                    new RedisSource(connector, new Listening.Channels(List.of("c")), "control");

            for (int attempt = 0; attempt < 3; attempt++) {
                await().atMost(PATIENCE).until(() -> clients(commands) == 1);
                assertThatThrownBy(() -> source.subscribe(() -> {}))
                        .isInstanceOf(RedisUnreachableException.class);
            }
            await().atMost(PATIENCE).until(() -> clients(commands) == 1);
            assertThat(commands.pubsubChannels()).isEmpty();
        }
    }

    @Test
    void aReplicaIsRefusedAndAPrimaryThatBecomesOneIsLeft() {
        try (RedisProcess primary = RedisProcess.start();
                RedisProcess other = RedisProcess.start();
                RedisConnector connector = new RedisConnector(RedisAddress.parse(other.uri()))) {
            RedisSource source =
                    new RedisSource(connector, new Listening.Channels(List.of("c")), "control");
            try (Subscription subscription = source.subscribe(() -> {})) {
                connector.connect().sync().replicaof("127.0.0.1", primary.port());

                await().atMost(PATIENCE)
                        .until(
                                () -> {
                                    var _ = subscription.announce(new byte[] {1});
                                    return subscription.poll() instanceof Heard.Ended ended
                                            && ended.cause().contains("replica");
                                });
            }
            assertThatThrownBy(() -> source.subscribe(() -> {}))
                    .isInstanceOf(RedisUnreachableException.class)
                    .hasMessageContaining("it is a replica");
        }
    }

    private static long clients(RedisCommands<byte[], byte[]> commands) {
        return commands.clientList().lines().count();
    }
}
