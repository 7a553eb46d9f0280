package dev.baton.server.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedRedisIT {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @Test
    void twoServersRunAtOnceAndLeaveNothingBehind() {
        Path folder;
        long pid;
        try (EmbeddedRedis one = EmbeddedRedis.start(EmbeddedRedis.Options.temporary());
                EmbeddedRedis other = EmbeddedRedis.start(EmbeddedRedis.Options.temporary())) {
            assertThat(one.port()).isNotEqualTo(other.port());
            folder = one.dataDirectory();
            pid = one.pid();
            assertThat(folder).exists();
        }

        assertThat(folder).doesNotExist();
        assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
    }

    @Test
    void aServerThatAnswersAtThePortIsNotTakenForOurs() {
        try (EmbeddedRedis there = EmbeddedRedis.start(EmbeddedRedis.Options.temporary())) {
            EmbeddedRedis.Options samePort =
                    new EmbeddedRedis.Options(null, there.port(), List.of());

            for (int attempt = 0; attempt < 10; attempt++) {
                assertThatThrownBy(() -> EmbeddedRedis.start(samePort))
                        .hasMessageContaining("port " + there.port() + " is in use");
            }
        }
    }

    @Test
    void dataInAFolderOfOnesOwnSurvives(@TempDir Path folder) {
        EmbeddedRedis.Options options = new EmbeddedRedis.Options(folder, 0, List.of());
        byte[] key = "key".getBytes(StandardCharsets.UTF_8);
        try (EmbeddedRedis first = EmbeddedRedis.start(options);
                RedisConnector connector = new RedisConnector(RedisAddress.parse(first.uri()));
                StatefulRedisConnection<byte[], byte[]> client = connector.connect()) {
            client.sync().set(key, key);
        }
        try (EmbeddedRedis second = EmbeddedRedis.start(options);
                RedisConnector connector = new RedisConnector(RedisAddress.parse(second.uri()));
                StatefulRedisConnection<byte[], byte[]> client = connector.connect()) {
            assertThat(client.sync().get(key)).isEqualTo(key);
        }
    }

    @Test
    void aKilledServerComesBackWithWhatItHadWritten() {
        EmbeddedRedis.Options options =
                new EmbeddedRedis.Options(
                        null, 0, List.of("appendonly", "yes", "appendfsync", "always"));
        byte[] key = "key".getBytes(StandardCharsets.UTF_8);
        try (EmbeddedRedis redis = EmbeddedRedis.start(options)) {
            try (RedisConnector connector = new RedisConnector(RedisAddress.parse(redis.uri()));
                    StatefulRedisConnection<byte[], byte[]> client = connector.connect()) {
                client.sync().set(key, key);
            }
            long before = redis.pid();
            int port = redis.port();

            redis.kill();
            assertThat(ProcessHandle.of(before).filter(ProcessHandle::isAlive)).isEmpty();
            redis.restart();

            assertThat(redis.port()).isEqualTo(port);
            assertThat(redis.pid()).isNotEqualTo(before);
            try (RedisConnector connector = new RedisConnector(RedisAddress.parse(redis.uri()));
                    StatefulRedisConnection<byte[], byte[]> client = connector.connect()) {
                assertThat(client.sync().get(key)).isEqualTo(key);
            }
        }
    }

    @Test
    void aServerThatStandsStillEndsWithItsKilledOwner() throws Exception {
        Process owner =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Owner.class.getName())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        long redis = Long.parseLong(owner.inputReader().readLine());
        new ProcessBuilder("kill", "-STOP", Long.toString(redis)).start().waitFor();

        owner.destroyForcibly();

        await().atMost(PATIENCE)
                .until(() -> ProcessHandle.of(redis).filter(ProcessHandle::isAlive).isEmpty());
    }

    @Test
    void aKilledOwnerTakesItsServerAlong() throws Exception {
        Process owner =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Owner.class.getName())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        long redis = Long.parseLong(owner.inputReader().readLine());
        assertThat(ProcessHandle.of(redis).filter(ProcessHandle::isAlive)).isPresent();

        owner.destroyForcibly();

        await().atMost(PATIENCE)
                .until(() -> ProcessHandle.of(redis).filter(ProcessHandle::isAlive).isEmpty());
    }

    /// A process that owns a server until it is killed.
    static final class Owner {
        private Owner() {}

        public static void main(String[] args) throws InterruptedException {
            EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedis.Options.temporary());
            System.out.println(redis.pid());
            Thread.currentThread().join();
        }
    }
}
