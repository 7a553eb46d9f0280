package dev.baton.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.testing.RedisProcess;
import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Users and passwords that stand in files and are changed there while connections are open.
class FileLoginIT {

    private static final byte[] CHANNEL = "c".getBytes(StandardCharsets.UTF_8);

    @TempDir Path folder = Path.of("");

    private final RedisProcess server = RedisProcess.start();
    private final RedisClient adminClient = RedisClient.create(server.uri());
    private final RedisCommands<String, String> admin = adminClient.connect().sync();
    private RedisConnector connector = new RedisConnector(RedisAddress.parse(server.uri()));

    @BeforeEach
    void connectAsFirst() throws IOException {
        connector.close();
        user("first", "one");
        hold("first", "one");
        LoginFiles files = new LoginFiles(folder.resolve("user"), folder.resolve("password"));
        connector = new RedisConnector(RedisAddress.parse(server.uri()).with(files));
    }

    @AfterEach
    void stop() {
        connector.close();
        adminClient.shutdown();
        server.close();
    }

    @Test
    void openConnectionsLogInAgainWithoutABreakWhenTheFilesChange() throws Exception {
        AtomicInteger heard = new AtomicInteger();
        try (StatefulRedisConnection<byte[], byte[]> connection = connector.connect();
                StatefulRedisConnection<byte[], byte[]> mouth =
                        connector.connectOnce(connector.serverOf(bytes("c")));
                StatefulRedisPubSubConnection<byte[], byte[]> ears =
                        connector.connectForSubscription(
                                ByteArrayCodec.INSTANCE, connector.serverOf(bytes("c")))) {
            ears.addListener(
                    new RedisPubSubAdapter<>() {
                        @Override
                        public void message(byte[] channel, byte[] message) {
                            heard.incrementAndGet();
                        }
                    });
            ears.sync().subscribe(CHANNEL);
            long id = connection.sync().clientId();
            user("second", "two");

            hold("second", "two");
            patiently().until(() -> connectionsOf("second") == 3);
            admin.aclDeluser("first");

            assertThat(connection.sync().clientId()).isEqualTo(id);
            assertThat(mouth.sync().publish(CHANNEL, CHANNEL)).isEqualTo(1);
            patiently().until(() -> heard.get() == 1);
        }
    }

    @Test
    void aLoginThatTheServerDoesNotKnowYetLeavesTheFormerOneUntilItDoes() throws Exception {
        try (StatefulRedisConnection<byte[], byte[]> connection = connector.connect()) {
            hold("second", "two");
            patiently().until(() -> admin.aclLog().size() > 0);
            assertThat(connection.sync().ping()).isEqualTo("PONG");

            user("second", "two");

            patiently().until(() -> connectionsOf("second") == 1);
        }
    }

    @Test
    void aConnectionThatIsEndedComesBackWithWhatTheFileHoldsThen() throws Exception {
        try (StatefulRedisConnection<byte[], byte[]> connection = connector.connect()) {
            admin.aclDeluser("first");
            user("first", "other");
            patiently().until(() -> !answers(connection));

            hold("first", "other");

            patiently().until(() -> answers(connection));
        }
    }

    @Test
    void aRefusedLoginNamesTheFilesAndNotWhatTheyHold() throws Exception {
        hold("first", "wrong-hush");

        assertThatThrownBy(connector::connect)
                .isInstanceOf(LoginRefusedException.class)
                .hasMessageContaining(folder.resolve("password").toString())
                .hasMessageNotContaining("hush");
    }

    @Test
    void aFileThatIsGoneIsNamed() throws Exception {
        Files.delete(folder.resolve("password"));

        assertThatThrownBy(connector::connect)
                .isInstanceOf(RedisUnreachableException.class)
                .hasMessageContaining("cannot read " + folder.resolve("password"));
    }

    @Test
    void anAddressWithAPasswordTakesNoFile() {
        LoginFiles files = new LoginFiles(null, folder.resolve("password"));

        assertThatThrownBy(() -> RedisAddress.parse("redis://u:hush@h").with(files))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("give one of them")
                .hasMessageNotContaining("hush");
    }

    private void user(String name, String password) {
        admin.aclSetuser(
                name,
                AclSetuserArgs.Builder.on()
                        .addPassword(password)
                        .allKeys()
                        .allChannels()
                        .allCommands());
    }

    private void hold(String user, String password) throws IOException {
        Files.writeString(folder.resolve("password"), password + "\n");
        Files.writeString(folder.resolve("user"), user + "\n");
    }

    private long connectionsOf(String user) {
        return admin.clientList()
                .lines()
                .filter(line -> line.contains(" user=" + user + " "))
                .count();
    }

    private static boolean answers(StatefulRedisConnection<byte[], byte[]> connection) {
        try {
            return connection.sync().ping().equals("PONG");
        } catch (RedisException e) {
            return false;
        }
    }

    private static ConditionFactory patiently() {
        return Awaitility.await().atMost(Duration.ofSeconds(30));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
