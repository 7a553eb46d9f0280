package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.embedded.EmbeddedRedis;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the audit makes of a stream that was written by hand.
class AuditIT {

    private EmbeddedRedis redis;
    private RedisConnector connector;
    private StatefulRedisConnection<byte[], byte[]> client;

    @BeforeEach
    void start() {
        redis = EmbeddedRedis.start(new EmbeddedRedis.Options(null, 0, List.of()));
        connector = new RedisConnector(RedisAddress.parse(redis.uri()));
        client = connector.connect();
    }

    @AfterEach
    void stop() {
        client.close();
        connector.close();
        redis.close();
    }

    @Test
    void aMessageThatBecameSeveralEntriesIsThereOnce(@TempDir Path folder) throws Exception {
        committed("a", "1", 3);
        committed("b", "2", 1);

        assertThat(audit(folder, "a\nb\n")).isZero();
    }

    @Test
    void anIdThatWasPublishedTwiceStandsAtTwoPositions(@TempDir Path folder) throws Exception {
        committed("a", "1", 1);
        committed("a", "2", 1);

        assertThat(audit(folder, "a\na\n")).isZero();
        assertThat(audit(folder, "a\n")).as("one too many").isEqualTo(1);
        assertThat(audit(folder, "a\na\na\n")).as("one missing").isEqualTo(1);
    }

    @Test
    void aPositionThatWasCommittedTwiceIsFound(@TempDir Path folder) throws Exception {
        committed("a", "1", 1);
        committed("a", "1", 1);

        assertThat(audit(folder, "a\n")).isEqualTo(1);
    }

    @Test
    void whereFieldsHaveOtherNamesNothingIsCalledMissing(@TempDir Path folder) throws Exception {
        committed("a", "1", 1);
        client.sync()
                .xadd(
                        bytes("messages:processed"),
                        bytes("id"),
                        bytes("b"),
                        bytes("position"),
                        bytes("2"));
        client.sync().xadd(bytes("{messages:processed}:dead"), bytes("reason"), bytes("not-json"));

        assertThat(audit(folder, "a\nb\n")).isEqualTo(78);
    }

    private void committed(String id, String position, int entries) {
        for (int i = 0; i < entries; i++) {
            client.sync()
                    .xadd(
                            bytes("messages:processed"),
                            bytes("message_id"),
                            bytes(id),
                            bytes("position"),
                            bytes(position));
        }
        count("dispatched", 1);
        count("committed", 1);
        count("emitted", entries);
    }

    private void count(String name, long by) {
        client.sync().hincrby(bytes("{messages:processed}:ledger"), bytes(name), by);
    }

    private int audit(Path folder, String published) throws Exception {
        Path file = Files.writeString(folder.resolve("published"), published);
        return Main.execute(
                new String[] {"audit", "--redis", redis.uri(), "--published", file.toString()},
                Map.of(),
                new Termination());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
