package dev.baton.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.embedded.EmbeddedRedis;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TailIT {

    private static final byte[] STREAM = Wire.ascii("out");

    @Test
    void whatWasReadIsCountedAndWhatWasNotIsAFailure() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedis.Options.temporary());
                RedisConnector connector = new RedisConnector(RedisAddress.parse(redis.uri()));
                var connection = connector.connect()) {
            add(connection, 5);
            try (Tail tail = new Tail("127.0.0.1", redis.port(), List.of(STREAM))) {
                add(connection, 10);
                assertThat(tail.end(10).getTotalCount()).isEqualTo(10);
            }
            try (Tail tail = new Tail("127.0.0.1", redis.port(), List.of(STREAM))) {
                add(connection, 9);
                assertThatThrownBy(() -> tail.end(10))
                        .isInstanceOf(IOException.class)
                        .hasMessage("the reader came too late for 1 of 10 messages");
            }
        }
    }

    private static void add(StatefulRedisConnection<byte[], byte[]> connection, int messages) {
        Letter letter = new Letter("channel", 200);
        ByteBuffer publication = ByteBuffer.allocate(letter.bytes());
        for (int i = 0; i < messages; i++) {
            letter.append(
                    publication.clear(), i, System.nanoTime()); // also writes the time into it
            connection.sync().xadd(STREAM, Map.of(Wire.ascii("payload"), letter.payload()));
        }
    }
}
