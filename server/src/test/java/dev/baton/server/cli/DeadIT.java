package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.MessageProcessor;
import dev.baton.Outcome;
import dev.baton.pipeline.Pipeline;
import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.embedded.EmbeddedRedis;
import dev.baton.slice.Books;
import dev.baton.slice.SliceBooks;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What an operator does with dead letters, and with a pipeline that is to stand still.
class DeadIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String STREAM = "messages:processed";

    private EmbeddedRedis redis;
    private RedisConnector connector;
    private StatefulRedisConnection<byte[], byte[]> client;
    private SliceBooks books;

    private record Done(int exit, String printed) {}

    @BeforeEach
    void start() {
        redis = EmbeddedRedis.start(EmbeddedRedis.Options.temporary());
        connector = new RedisConnector(RedisAddress.parse(redis.uri()));
        client = connector.connect();
        books = SliceBooks.open(connector, STREAM);
    }

    @AfterEach
    void stop() {
        books.close();
        client.close();
        connector.close();
        redis.close();
    }

    @Test
    void deadLettersAreListedReplayedAndDiscardedAndTheBooksBalance() {
        try (Pipeline refusing =
                pipeline(message -> Outcome.reject(reasonOf(message.id()), "no"))) {
            publish(0, 300);
            await().atMost(PATIENCE).until(() -> books.read().count("dead") == 300);
        }

        assertThat(baton("dead", "ls", "-o", "json").printed()).contains("\"found\":300");
        assertThat(
                        baton("dead", "ls", "--match", "reason=od*", "--num", "1", "-o", "json")
                                .printed())
                .contains("\"found\":150")
                .contains("\"reason\":\"odd\"")
                .doesNotContain("payload");
        assertThat(baton("dead", "show", "m-7", "-o", "json").printed())
                .contains("\"found\":1")
                .contains("{\\\"message_id\\\":\\\"m-7\\\"}");
        assertThat(baton("dead", "replay").exit()).as("which ones?").isEqualTo(78);
        assertThat(baton("dead", "replay", "--all", "--dry-run").printed())
                .contains("300 dead letters would be replayed");
        assertThat(books.read().dead()).isEqualTo(300);

        assertThat(baton("dead", "discard", "--match", "reason=odd", "--yes").printed())
                .contains("150 dead letters discarded");
        try (Pipeline willing = pipeline(MessageProcessor.passOn())) {
            assertThat(baton("dead", "replay", "--all", "--yes").printed())
                    .contains("150 dead letters replayed");
            await().atMost(PATIENCE).until(() -> books.read().count("committed") == 150);
        }

        Books after = books.read();
        assertThat(after.dead()).isZero();
        assertThat(after.count("replayed")).isEqualTo(150);
        assertThat(after.count("discarded")).isEqualTo(150);
        assertThat(after.balanced()).isTrue();
        List<StreamMessage<byte[], byte[]>> entries =
                client.sync().xrange(bytes(STREAM), Range.unbounded());
        assertThat(entries).hasSize(150);
        assertThat(entries.stream().map(entry -> field(entry, "position")).distinct())
                .hasSize(150)
                .allMatch(position -> position.matches("\\p{XDigit}{8}(\\.\\p{XDigit}{8}){2}"));
        assertThat(entries).allMatch(entry -> reasonOf(field(entry, "message_id")).equals("even"));
        assertThat(baton("audit").exit()).isZero();
    }

    @Test
    void whatIsPausedHoldsWhatItHearsAndLosesNothing() {
        try (Pipeline pipeline = pipeline(MessageProcessor.passOn())) {
            publish(0, 10);
            await().atMost(PATIENCE).until(() -> books.read().count("committed") == 10);
            assertThat(baton("pause").printed()).contains(STREAM + " paused");
            assertThat(baton("pause").printed()).contains("already paused");
            await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
            publish(10, 500);
            await().during(Duration.ofSeconds(1))
                    .atMost(PATIENCE)
                    .until(() -> books.read().count("dispatched") == 10);

            assertThat(baton("resume").printed()).contains(STREAM + " going on");
            await().atMost(PATIENCE).until(() -> books.read().count("committed") == 510);
        }
        assertThat(books.read().gaps()).isZero();
        assertThat(books.read().balanced()).isTrue();
    }

    private static String reasonOf(String id) {
        return Integer.parseInt(id.substring(2)) % 2 == 0 ? "even" : "odd";
    }

    private Pipeline pipeline(MessageProcessor processor) {
        Pipeline started = Pipeline.on(redis.uri()).id("a").processor(processor).start();
        await().atMost(PATIENCE).until(() -> started.dispatcher().figures().leads());
        return started;
    }

    private void publish(int from, int count) {
        for (int i = from; i < from + count; i++) {
            client.sync()
                    .publish(
                            bytes("messages:published"), bytes("{\"message_id\":\"m-" + i + "\"}"));
        }
    }

    private Done baton(String... words) {
        String[] args =
                Stream.concat(Stream.of(words), Stream.of("--redis", redis.uri()))
                        .toArray(String[]::new);
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            int exit = Main.execute(args, Map.of(), new Termination());
            return new Done(exit, printed.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(before);
        }
    }

    private static String field(StreamMessage<byte[], byte[]> entry, String name) {
        for (Map.Entry<byte[], byte[]> field : entry.getBody().entrySet()) {
            if (new String(field.getKey(), StandardCharsets.UTF_8).equals(name)) {
                return new String(field.getValue(), StandardCharsets.UTF_8);
            }
        }
        return "";
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
