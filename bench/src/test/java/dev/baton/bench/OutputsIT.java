package dev.baton.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.embedded.EmbeddedRedis;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutputsIT {

    private static final int ENTRIES = 2_000;
    private static final int MEBIBYTE = 1 << 20;

    @Test
    void whatWasLetGoStillCounts() {
        try (EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedis.Options.temporary());
                RedisConnector connector = new RedisConnector(RedisAddress.parse(redis.uri()));
                var connection = connector.connect()) {
            Outputs outputs = new Outputs(connection, "out", 0, MEBIBYTE);
            byte[] stream = outputs.streams().getFirst();
            for (int i = 1; i <= ENTRIES; i++) {
                connection.sync().xadd(stream, Map.of(stream, stream));

                assertThat(outputs.grown()).isEqualTo(i);
            }
            assertThat(connection.sync().xlen(stream)).isBetween(64L, 200L);
        }
    }
}
