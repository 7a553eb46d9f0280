package dev.baton.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.Emission;
import dev.baton.MessageProcessor;
import dev.baton.Outcome;
import dev.baton.dispatch.Dispatcher;
import dev.baton.dispatch.DispatcherSettings;
import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.slice.Books;
import dev.baton.slice.SliceBooks;
import dev.baton.source.Listening;
import dev.baton.testing.RedisProcess;
import dev.baton.worker.Expiry;
import dev.baton.worker.RetryPolicy;
import io.lettuce.core.KillArgs;
import io.lettuce.core.Range;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The whole way, from publication to stream, on a real server.
class PipelineIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String CHANNEL = "in";
    private static final String STREAM = "out";
    private static final RetryPolicy ONE_ATTEMPT = new RetryPolicy(1, Duration.ZERO, Duration.ZERO);

    private record Unreadable(byte[] payload, String reason) {}

    private RedisProcess redis;
    private RedisConnector connector;
    private StatefulRedisConnection<byte[], byte[]> client;
    private SliceBooks books;

    @BeforeEach
    void start() {
        redis = RedisProcess.start();
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
    void everyMessageArrivesOnceWithItsBytesUnchanged() {
        try (Pipeline pipeline = pipeline("a", MessageProcessor.passOn())) {
            for (int i = 0; i < 5_000; i += 1_000) {
                publish("m", i, 1_000);
            }
            awaitFinished(5_000);
        }

        List<Map<String, byte[]>> entries = entries(STREAM);
        assertThat(entries).hasSize(5_000);
        assertThat(entries.stream().map(entry -> text(entry.get("position"))).distinct())
                .hasSize(5_000);
        assertThat(entries)
                .allSatisfy(
                        entry -> {
                            assertThat(entry)
                                    .containsOnlyKeys(
                                            "message_id", "payload", "worker", "position");
                            assertThat(text(entry.get("payload")))
                                    .isEqualTo(message(text(entry.get("message_id"))));
                            assertThat(text(entry.get("worker"))).isEqualTo("a");
                        });
        assertThat(entries.stream().map(entry -> text(entry.get("message_id"))).distinct())
                .hasSize(5_000);
        assertThat(books.read().balanced()).isTrue();
        assertThat(books.read().workers()).as("the worker left").isEmpty();
    }

    @Test
    void whatCannotBeReadBecomesADeadLetterWithItsBytesAndTheWorkerLives() {
        List<Unreadable> corpus = new ArrayList<>();
        corpus.add(new Unreadable(bytes(""), "not-json"));
        corpus.add(new Unreadable(bytes("hello"), "not-json"));
        corpus.add(new Unreadable(bytes("{\"message_id\":\"a\",\"x\":[1,"), "not-json"));
        corpus.add(
                new Unreadable(
                        bytes(
                                "{\"message_id\":\"a\",\"x\":"
                                        + "[".repeat(200_000)
                                        + "]".repeat(200_000)
                                        + "}"),
                        "not-json"));
        corpus.add(
                new Unreadable(
                        bytes("{\"message_id\":\"a\",\"x\":" + "7".repeat(2_000_000) + "}"),
                        "too-large"));
        corpus.add(
                new Unreadable(bytes("{\"message_id\":\"a\",\"message_id\":\"b\"}"), "not-json"));
        corpus.add(new Unreadable(bytes("{\"x\":1}"), "no-id"));
        corpus.add(new Unreadable(bytes("{\"message_id\":{\"x\":1}}"), "bad-id"));
        corpus.add(
                new Unreadable(
                        new byte[] {'{', '"', 'a', '"', ':', '"', (byte) 0xC3, 0x28, '"', '}'},
                        "not-json"));
        corpus.add(
                new Unreadable(
                        new byte[] {0, (byte) 0xFF, '\r', '\n', 0, (byte) 0x80}, "not-json"));
        corpus.add(new Unreadable(new byte[20 << 20], "too-large"));
        try (Pipeline pipeline = pipeline("a", MessageProcessor.passOn())) {
            corpus.forEach(bad -> client.sync().publish(bytes(CHANNEL), bad.payload()));
            publish("after", 0, 10);
            awaitFinished(corpus.size() + 10);
        }

        assertThat(entries(STREAM)).hasSize(10);
        List<Map<String, byte[]>> letters = entries("{" + STREAM + "}:dead");
        assertThat(letters).hasSize(corpus.size());
        corpus.forEach(
                bad ->
                        assertThat(letters)
                                .as(bad.reason())
                                .anySatisfy(
                                        letter -> {
                                            assertThat(
                                                            java.util.Arrays.equals(
                                                                    letter.get("payload"),
                                                                    bad.payload()))
                                                    .isTrue();
                                            assertThat(text(letter.get("reason")))
                                                    .isEqualTo(bad.reason());
                                            assertThat(letter.get("error")).isNotEmpty();
                                        }));
        assertThat(books.read().balanced()).isTrue();
    }

    @Test
    void aProcessorDecidesWhatBecomesOfAMessage() {
        MessageProcessor processor =
                message ->
                        switch (message.id().charAt(0)) {
                            case 'e' -> Outcome.emit("{\"of\":\"" + message.id() + "\"}");
                            case 'd' -> Outcome.drop();
                            case 'r' -> Outcome.reject("unwanted", "because");
                            default ->
                                    throw new IllegalStateException("no rule for " + message.id());
                        };
        try (Pipeline pipeline = pipeline("a", processor)) {
            for (String kind : List.of("e", "d", "r", "x")) {
                publish(kind, 0, 25);
            }
            awaitFinished(100);
        }

        Books after = books.read();
        assertThat(after.count("committed")).isEqualTo(25);
        assertThat(after.count("dropped")).isEqualTo(25);
        assertThat(after.count("dead")).isEqualTo(50);
        assertThat(after.balanced()).isTrue();
        assertThat(text(entries(STREAM).getFirst().get("payload"))).isEqualTo("{\"of\":\"e-0\"}");
        assertThat(entries("{" + STREAM + "}:dead"))
                .anySatisfy(letter -> assertThat(text(letter.get("reason"))).isEqualTo("unwanted"))
                .anySatisfy(
                        letter -> assertThat(text(letter.get("error"))).contains("no rule for x-"));
    }

    @Test
    void whatFailsIsTriedAgainUntilItsLastAttemptAndOthersPassMeanwhile() {
        MessageProcessor processor =
                message ->
                        switch (message.id().charAt(0)) {
                            case 't' -> {
                                if (message.attempt() < 3) {
                                    throw new IllegalStateException("not yet");
                                }
                                yield Outcome.passOn();
                            }
                            case 'a' -> Outcome.retry(Duration.ofMillis(1), "never");
                            case 'o' -> new Outcome.Retry(null, 1, "once is enough");
                            default -> Outcome.passOn();
                        };
        RetryPolicy quick = new RetryPolicy(4, Duration.ofMillis(10), Duration.ofMillis(20));
        try (Pipeline pipeline = pipeline("a", processor, quick, Expiry.NEVER)) {
            for (String kind : List.of("t", "g", "a", "o")) {
                publish(kind, 0, 25);
            }
            awaitFinished(100);
            assertThat(pipeline.worker().figures().retried()).isEqualTo(25 * 2 + 25 * 3);
        }

        Books after = books.read();
        assertThat(after.count("committed")).isEqualTo(50);
        assertThat(after.count("dead")).isEqualTo(50);
        assertThat(after.count("retried")).isEqualTo(25 * 2 + 25 * 3);
        assertThat(after.retry()).isZero();
        assertThat(after.balanced()).isTrue();
        assertThat(entries(STREAM).stream().map(entry -> text(entry.get("position"))).distinct())
                .hasSize(50);
        assertThat(entries("{" + STREAM + "}:dead"))
                .allSatisfy(letter -> assertThat(text(letter.get("reason"))).isEqualTo("failed"))
                .filteredOn(letter -> text(letter.get("error")).equals("never"))
                .hasSize(25)
                .allSatisfy(letter -> assertThat(text(letter.get("attempts"))).isEqualTo("3"));
    }

    @Test
    void whatWaitedTooLongIsADeadLetterOrDroppedAndCounted() {
        publishWithoutWorkers(10);
        try (Pipeline pipeline =
                pipeline(
                        "a",
                        MessageProcessor.passOn(),
                        ONE_ATTEMPT,
                        new Expiry(Duration.ofSeconds(1), false))) {
            publish("fresh", 0, 5);
            awaitFinished(15);
        }
        publishWithoutWorkers(10);
        try (Pipeline pipeline =
                pipeline(
                        "a",
                        MessageProcessor.passOn(),
                        ONE_ATTEMPT,
                        new Expiry(Duration.ofSeconds(1), true))) {
            awaitFinished(25);
        }

        Books after = books.read();
        assertThat(after.count("committed")).isEqualTo(5);
        assertThat(after.count("dead")).isEqualTo(10);
        assertThat(after.count("dropped")).isEqualTo(10);
        assertThat(after.count("expired")).isEqualTo(10);
        assertThat(after.balanced()).isTrue();
        assertThat(entries("{" + STREAM + "}:dead"))
                .allSatisfy(letter -> assertThat(text(letter.get("reason"))).isEqualTo("expired"));
    }

    /// Messages that are older than a second when the next worker comes.
    private void publishWithoutWorkers(int messages) {
        DispatcherSettings d = DispatcherSettings.defaults("d", RedisAddress.parse(redis.uri()));
        long before = books.read().count("dispatched");
        try (Dispatcher alone =
                Dispatcher.start(
                        d.toBuilder().listening(new Listening.Channels(List.of(CHANNEL))).stream(
                                        STREAM)
                                .slices(1)
                                .build())) {
            await().atMost(PATIENCE).until(() -> alone.figures().leads());
            publish("old", 0, messages);
            await().atMost(PATIENCE)
                    .until(() -> books.read().count("dispatched") == before + messages);
        }
        await().pollDelay(Duration.ofMillis(1_100)).until(() -> true);
    }

    @Test
    @SuppressWarnings("NullAway") // an outcome that is missing is one of the cases
    void whateverAProcessorThrowsIsADeadLetterAndOthersPass() {
        MessageProcessor processor =
                message ->
                        switch (message.id().charAt(0)) {
                            case 's' -> throw new StackOverflowError();
                            case 'e' -> throw new Error("not foreseen");
                            case 'u' -> throw new Unspeakable();
                            case 'i' -> throw new InterruptedException();
                            case 'n' -> null;
                            case 'm' ->
                                    new Outcome.Emit(
                                            Collections.nCopies(1_001, Emission.of(new byte[1])));
                            default -> {
                                Thread.sleep(1);
                                yield Outcome.passOn();
                            }
                        };
        try (Pipeline pipeline = pipeline("a", processor)) {
            for (String kind : List.of("s", "g", "e", "g", "u", "g", "i", "g", "n", "m", "g")) {
                publish(kind, 0, 2);
            }
            awaitFinished(22);
        }

        assertThat(books.read().count("committed")).isEqualTo(10);
        assertThat(books.read().count("dead")).isEqualTo(12);
        assertThat(books.read().balanced()).isTrue();
        assertThat(entries("{" + STREAM + "}:dead"))
                .anySatisfy(letter -> assertThat(text(letter.get("reason"))).isEqualTo("too-large"))
                .anySatisfy(letter -> assertThat(text(letter.get("error"))).contains("Unspeakable"))
                .anySatisfy(letter -> assertThat(text(letter.get("error"))).contains("no outcome"));
    }

    /// A failure that cannot even say what it is.
    private static final class Unspeakable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @Override
        public String getMessage() {
            throw new IllegalStateException("no words");
        }
    }

    @Test
    void aMessageWhoseProcessorNeverReturnsIsADeadLetterAndOthersPass() {
        AtomicBoolean over = new AtomicBoolean();
        MessageProcessor processor =
                message -> {
                    while (message.id().startsWith("loop") && !over.get()) {
                        Thread.onSpinWait();
                    }
                    return Outcome.passOn();
                };
        try (Pipeline pipeline =
                Pipeline.on(redis.uri()).channel(CHANNEL).stream(STREAM)
                        .processor(processor)
                        .processTimeout(Duration.ofSeconds(1))
                        .start()) {
            await().atMost(PATIENCE).until(() -> pipeline.dispatcher().figures().leads());
            publish("before", 0, 50);
            publish("loop", 0, 1);
            publish("after", 0, 50);
            await().atMost(Duration.ofSeconds(60)).until(() -> books.read().count("dead") == 1);
            awaitFinished(101);
        } finally {
            over.set(true);
        }

        assertThat(ids(STREAM)).hasSize(100).doesNotHaveDuplicates();
        List<Map<String, byte[]>> letters = entries("{" + STREAM + "}:dead");
        assertThat(text(letters.getFirst().get("reason"))).isEqualTo("crashed");
        assertThat(text(letters.getFirst().get("payload"))).isEqualTo(message("loop-0"));
        assertThat(books.read().balanced()).isTrue();
    }

    @Test
    void aStoreThatStandsStillForAWhileLosesNothing() throws Exception {
        try (Pipeline pipeline = pipeline("a", MessageProcessor.passOn())) {
            for (int round = 0; round < 5; round++) {
                publish("m", round * 1_000, 1_000);
                signal("STOP");
                await().pollDelay(Duration.ofMillis(300)).until(() -> true);
                signal("CONT");
            }
            awaitFinished(5_000);
        }

        assertThat(ids(STREAM)).hasSize(5_000).doesNotHaveDuplicates();
        assertThat(books.read().balanced()).isTrue();
    }

    @Test
    void brokenConnectionsToTheStoreRepeatNothingAndLoseNothingThatWasInALane() {
        try (Pipeline pipeline = pipeline("a", MessageProcessor.passOn())) {
            int published = 0;
            for (int round = 0; round < 10; round++) {
                publish("m", published, 1_000);
                published += 1_000;
                client.sync().clientKill(KillArgs.Builder.typeNormal().skipme(true));
            }
            awaitFinished(published);
        }

        assertThat(ids(STREAM)).hasSize(10_000).doesNotHaveDuplicates();
        assertThat(books.read().balanced()).isTrue();
    }

    @Test
    void aKilledSubscriptionIsDeclaredAndHearingGoesOn() {
        try (Pipeline pipeline = pipeline("a", MessageProcessor.passOn())) {
            publish("before", 0, 100);
            awaitFinished(100);
            long epoch = pipeline.dispatcher().figures().epoch();
            client.sync().clientKill(KillArgs.Builder.typePubsub());
            await().atMost(PATIENCE).until(() -> pipeline.dispatcher().figures().epoch() > epoch);
            publish("after", 0, 100);
            awaitFinished(200);
        }

        List<Map<String, byte[]>> gaps = entries("{" + STREAM + "}:gaps");
        assertThat(gaps).hasSize(1);
        assertThat(text(gaps.getFirst().get("from"))).startsWith("00000001.");
        assertThat(text(gaps.getFirst().get("to"))).isEqualTo("00000002.00000000.00000000");
    }

    @Test
    void aStandbyTakesOverWhenTheLeaderGoesAndNothingIsTwice() {
        Pipeline first = pipeline("a", MessageProcessor.passOn());
        try (Pipeline second =
                Pipeline.on(redis.uri()).channel(CHANNEL).stream(STREAM).id("b").start()) {
            publish("m", 0, 1_000);
            awaitFinished(1_000);
            await().atMost(PATIENCE).until(() -> second.dispatcher().figures().inSync());
            first.close();
            await().atMost(PATIENCE).until(() -> second.dispatcher().figures().leads());
            publish("m", 1_000, 1_000);
            awaitFinished(2_000);
        } finally {
            first.close();
        }

        assertThat(ids(STREAM)).hasSize(2_000).doesNotHaveDuplicates();
        assertThat(entries("{" + STREAM + "}:gaps")).isEmpty();
        assertThat(books.read().balanced()).isTrue();
    }

    @Test
    void processorsThatWaitRunAtOnce() {
        MessageProcessor slow =
                message -> {
                    Thread.sleep(50);
                    return Outcome.passOn();
                };
        long began = System.nanoTime();
        try (Pipeline pipeline =
                Pipeline.on(redis.uri()).channel(CHANNEL).stream(STREAM)
                        .concurrency(100)
                        .processor(slow)
                        .start()) {
            await().atMost(PATIENCE).until(() -> pipeline.dispatcher().figures().leads());
            publish("m", 0, 400);
            awaitFinished(400);
        }

        assertThat(Duration.ofNanos(System.nanoTime() - began))
                .isLessThan(Duration.ofSeconds(400 * 50 / 1000));
        assertThat(ids(STREAM)).hasSize(400).doesNotHaveDuplicates();
    }

    private Pipeline pipeline(String id, MessageProcessor processor) {
        return pipeline(id, processor, ONE_ATTEMPT, Expiry.NEVER);
    }

    private Pipeline pipeline(
            String id, MessageProcessor processor, RetryPolicy retries, Expiry expiry) {
        Pipeline pipeline =
                Pipeline.on(redis.uri()).channel(CHANNEL).stream(STREAM)
                        .id(id)
                        .processor(processor)
                        .retries(retries)
                        .expiry(expiry)
                        .start();
        await().atMost(PATIENCE).until(() -> pipeline.dispatcher().figures().leads());
        return pipeline;
    }

    private void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(redis.pid())).start().waitFor();
    }

    private void publish(String prefix, int from, int count) {
        List<RedisFuture<Long>> answers = new ArrayList<>();
        for (int i = from; i < from + count; i++) {
            answers.add(client.async().publish(bytes(CHANNEL), bytes(message(prefix + "-" + i))));
        }
        answers.forEach(answer -> answer.toCompletableFuture().join());
    }

    private void awaitFinished(long messages) {
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(
                        () -> {
                            Books now = books.read();
                            assertThat(
                                            now.count("committed")
                                                    + now.count("dead")
                                                    + now.count("dropped"))
                                    .isEqualTo(messages);
                        });
    }

    private List<String> ids(String stream) {
        return entries(stream).stream().map(entry -> text(entry.get("message_id"))).toList();
    }

    private List<Map<String, byte[]>> entries(String stream) {
        List<Map<String, byte[]>> entries = new ArrayList<>();
        for (StreamMessage<byte[], byte[]> entry :
                client.sync().xrange(bytes(stream), Range.unbounded())) {
            Map<String, byte[]> fields = new HashMap<>();
            entry.getBody().forEach((name, value) -> fields.put(text(name), value));
            entries.add(fields);
        }
        return entries;
    }

    private static String message(String id) {
        return "{\"message_id\":\"" + id + "\",\"text\":\"ü€😀\"}";
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte @Nullable [] bytes) {
        return new String(Objects.requireNonNull(bytes, "no such field"), StandardCharsets.UTF_8);
    }
}
