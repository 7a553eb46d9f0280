package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.embedded.EmbeddedRedis;
import dev.baton.slice.Books;
import dev.baton.slice.SliceBooks;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Commands as processes against a real Redis: what they say and how they end.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RoleIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedis.Options.temporary());
    private final RedisConnector connector = new RedisConnector(RedisAddress.parse(redis.uri()));

    @AfterAll
    void stop() {
        connector.close();
        redis.close();
    }

    @Test
    void aRoleSaysOnceThatRedisIsLostAndOnceThatItIsBackAndEndsInOrder(@TempDir Path folder)
            throws Exception {
        EmbeddedRedis.Options kept = new EmbeddedRedis.Options(folder, 0, List.of());
        try (EmbeddedRedis own = EmbeddedRedis.start(kept);
                BatonProcess worker =
                        baton("worker", "--redis", own.uri(), "--id", "w1", "--report", "300ms");
                BatonProcess dispatcher =
                        baton(
                                "dispatcher",
                                "--redis",
                                own.uri(),
                                "--id",
                                "d1",
                                "--report",
                                "300ms")) {
            worker.awaitSaid("worker w1 joined");
            dispatcher.awaitSaid("leads messages:processed");
            worker.awaitSaid("worker w1: committed 0/s");
            dispatcher.awaitSaid("dispatcher d1 leading: heard 0/s");

            own.kill();
            worker.awaitSaid("worker w1: no answer from " + own.uri());
            dispatcher.awaitSaid("dispatcher d1: no answer from " + own.uri());
            own.restart();
            worker.awaitSaid("worker w1: " + own.uri() + " is back");
            dispatcher.awaitSaid("dispatcher d1: " + own.uri() + " is back");
            worker.signal("TERM");
            dispatcher.interrupt();

            assertThat(worker.end()).as(worker.said()).isZero();
            assertThat(dispatcher.end()).as(dispatcher.said()).isZero();
            assertThat(worker.timesSaid("no answer from")).as(worker.said()).isEqualTo(1);
            assertThat(worker.timesSaid(own.uri() + " is back")).isEqualTo(1);
            assertThat(dispatcher.timesSaid("no answer from " + own.uri() + " ("))
                    .as(dispatcher.said())
                    .isLessThanOrEqualTo(2);
        }
    }

    @Test
    void whatIsPublishedIsAuditedAndShown(@TempDir Path folder) throws Exception {
        Path ids = folder.resolve("ids");
        Files.write(ids, IntStream.range(0, 3_000).mapToObj(i -> "t-" + i).toList());
        try (BatonProcess worker = baton("worker", "--stream", "shown", "--id", "w1");
                BatonProcess dispatcher =
                        baton("dispatcher", "--stream", "shown", "--channel", "in")) {
            worker.awaitSaid("joined");
            dispatcher.awaitSaid("leads shown");
            try (BatonProcess publish =
                    baton("publish", "--channel", "in", "--count", "3000", "--prefix", "t")) {
                assertThat(publish.end()).as(publish.said()).isZero();
                assertThat(publish.said()).contains("published 3,000 in").doesNotContain("\r");
                assertThat(publish.printed()).isEmpty();
            }
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> books("shown").count("committed") == 3_000);

            try (BatonProcess audit =
                            baton("audit", "--stream", "shown", "--published", ids.toString());
                    BatonProcess status =
                            baton("status", "--stream", "shown", "--exit-code", "-o", "json")) {
                assertThat(audit.end()).as(audit.said() + audit.printed()).isZero();
                assertThat(audit.printed()).containsPattern("missing +0\n");
                assertThat(status.end()).as(status.said()).isZero();
                assertThat(status.printed()).contains("\"committed\":3000").endsWith("}\n");
            }
        }
    }

    @Test
    void linesArePublishedAsTheyComeAndAnInterruptEndsTheWaitForMore() throws Exception {
        try (StatefulRedisConnection<byte[], byte[]> connection = connector.connect();
                BatonProcess publish =
                        baton("publish", "--channel", "typed", "--report", "100ms")) {
            publish.type("{\"message_id\":\"one\"}\n");
            publish.awaitSaid("published 1 ");

            publish.interrupt();

            assertThat(publish.end()).as(publish.said()).isZero();
            assertThat(publish.said()).contains("nobody was subscribed to hear 1 of them");
            assertThat(connection.sync().ping()).isEqualTo("PONG");
        }
    }

    @Test
    void aServerThatIsLostEndsPublishingWithWhatWasConfirmed() throws Exception {
        try (EmbeddedRedis own = EmbeddedRedis.start(EmbeddedRedis.Options.temporary());
                BatonProcess publish =
                        baton(
                                "publish",
                                "--redis",
                                own.uri(),
                                "--count",
                                "1000000",
                                "--rate",
                                "2000",
                                "--report",
                                "200ms")) {
            publish.awaitSaid(" of 1,000,000");

            own.kill();

            assertThat(publish.end()).as(publish.said()).isEqualTo(69);
            assertThat(publish.said())
                    .contains("were not confirmed")
                    .contains("baton: lost Redis at " + own.uri());
        }
    }

    @Test
    void aServerThatStandsStillIsUnreachableWithinSeconds() throws Exception {
        try (EmbeddedRedis own = EmbeddedRedis.start(EmbeddedRedis.Options.temporary())) {
            new ProcessBuilder("kill", "-STOP", Long.toString(own.pid())).start().waitFor();
            long began = System.nanoTime();
            try (BatonProcess status = baton("status", "--redis", own.uri())) {
                assertThat(status.end()).isEqualTo(69);
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(PATIENCE);
            } finally {
                new ProcessBuilder("kill", "-CONT", Long.toString(own.pid())).start().waitFor();
            }
        }
    }

    @Test
    void aStreamThatNobodyHasLedIsUnhealthyAndQuestioned() throws Exception {
        try (BatonProcess status = baton("status", "--stream", "nothing", "--exit-code")) {
            assertThat(status.end()).isEqualTo(10);
            assertThat(status.said()).contains("is that the right stream?");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"worker", "dispatcher", "status", "audit"})
    void aForeignKeyUnderOurNameIsExplained(String command) throws Exception {
        try (StatefulRedisConnection<byte[], byte[]> connection = connector.connect()) {
            connection.sync().set(bytes("foreign"), bytes("text"));
        }
        try (BatonProcess run = baton(command, "--stream", "foreign")) {
            assertThat(run.end()).as(run.said()).isEqualTo(78);
            assertThat(run.said()).startsWith("baton: ").contains(redis.uri()).contains("stream");
            assertThat(run.said().lines()).hasSize(1);
        }
    }

    @Test
    void aPasswordThatIsMissingOrWrongIsBadConfiguration() throws Exception {
        EmbeddedRedis.Options locked =
                new EmbeddedRedis.Options(null, 0, List.of("requirepass", "hush"));
        try (EmbeddedRedis own = EmbeddedRedis.start(locked);
                BatonProcess without = baton("status", "--redis", own.uri());
                BatonProcess wrong =
                        baton("status", "--redis", own.uri().replace("//", "//default:wrong@"));
                BatonProcess right =
                        baton("status", "--redis", own.uri().replace("//", "//default:hush@"))) {
            assertThat(without.end()).as(without.said()).isEqualTo(78);
            assertThat(without.said()).contains("asks for a password");
            assertThat(wrong.end()).as(wrong.said()).isEqualTo(78);
            assertThat(wrong.said()).contains("does not accept").doesNotContain("wrong@");
            assertThat(right.end()).as(right.said()).isZero();
        }
    }

    /// On the shared server unless another is named.
    private BatonProcess baton(String command, String... options) throws IOException {
        List<String> args = new ArrayList<>(List.of(command));
        args.addAll(List.of(options));
        if (!args.contains("--redis")) {
            args.addAll(List.of("--redis", redis.uri()));
        }
        return BatonProcess.start(args.toArray(String[]::new));
    }

    private Books books(String stream) {
        try (SliceBooks books = SliceBooks.open(connector, stream)) {
            return books.read();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
