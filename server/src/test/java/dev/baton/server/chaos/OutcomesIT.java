package dev.baton.server.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.embedded.EmbeddedRedis;
import dev.baton.slice.Books;
import dev.baton.slice.SliceBooks;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Of many messages one in a hundred throws, one asks for another attempt, one is rejected, and one in a thousand ends its
/// worker's process; the leader is killed in their midst. Every outcome is counted, and every message looked for.
///
/// `-Doutcomes.messages=N` makes it longer, `-Doutcomes.rate=N` faster; `-Doutcomes.transport=group` takes the other transport.
class OutcomesIT {

    private static final int MESSAGES = Integer.getInteger("outcomes.messages", 2_000);
    private static final int PER_SECOND = Integer.getInteger("outcomes.rate", 2_000);
    private static final String TRANSPORT = System.getProperty("outcomes.transport", "lists");
    private static final String STREAM = "messages:processed";
    private static final int WORKERS = 3;
    private static final int PAGE = 1_000;
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration PATIENCE_FOR_A_CRASH = Duration.ofSeconds(20);

    private final List<Child> dispatchers = new ArrayList<>();
    private final List<Child> workers = new ArrayList<>();
    private int restarts;

    @Test
    @Timeout(value = 40, unit = TimeUnit.MINUTES)
    void everyOutcomeIsCountedExactlyThoughTheLeaderIsKilled(@TempDir Path folder)
            throws Exception {
        try (EmbeddedRedis redis =
                        EmbeddedRedis.start(new EmbeddedRedis.Options(null, 0, List.of()));
                RedisConnector connector = new RedisConnector(RedisAddress.parse(redis.uri()));
                StatefulRedisConnection<byte[], byte[]> client = connector.connect();
                SliceBooks books = SliceBooks.open(connector, STREAM)) {
            try {
                long began = System.nanoTime();
                start(redis.uri(), folder);
                await(() -> dispatchers.stream().allMatch(Child::inSync), PATIENCE);
                publish(client, 0, MESSAGES / 2);
                Child leader = leader();
                leader.kill();
                publish(client, MESSAGES / 2, MESSAGES);
                leader.restart();
                Duration patience =
                        PATIENCE.plus(
                                PATIENCE_FOR_A_CRASH.multipliedBy(
                                        count(OutcomesIT::endsItsWorker)));
                await(() -> finished(books.read()) == MESSAGES, patience);
                judge(client, books.read());
                System.out.printf(
                        "outcomes: %s, %d messages, %s, %d workers started again, %d s: %s%n",
                        TRANSPORT,
                        MESSAGES,
                        "the leader killed once",
                        restarts,
                        Duration.ofNanos(System.nanoTime() - began).toSeconds(),
                        new TreeMap<>(books.read().ledger()));
            } finally {
                workers.forEach(Child::kill);
                dispatchers.forEach(Child::kill);
            }
        }
    }

    private void start(String redis, Path folder) {
        Map<String, String> environment = Map.of("BATON_STORE", redis, "BATON_SOURCE", redis);
        for (int i = 1; i <= 2; i++) {
            String id = "d" + i;
            dispatchers.add(
                    Child.start(
                            id,
                            Child.Role.DISPATCHER,
                            java(
                                    "dev.baton.server.cli.Main",
                                    "dispatcher",
                                    "--id",
                                    id,
                                    "--transport",
                                    TRANSPORT,
                                    "--worker-timeout",
                                    "2s",
                                    "--report",
                                    "1h"),
                            environment,
                            folder));
        }
        for (int i = 1; i <= WORKERS; i++) {
            String id = "w" + i;
            workers.add(
                    Child.start(
                            id,
                            Child.Role.WORKER,
                            java(
                                    TouchyWorker.class.getName(),
                                    id,
                                    STREAM,
                                    "1",
                                    "500",
                                    "30000",
                                    "0",
                                    TRANSPORT.toUpperCase(Locale.ROOT)),
                            environment,
                            folder));
        }
    }

    private static List<String> java(String mainClass, String... arguments) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "-Xmx192m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                mainClass));
        command.addAll(List.of(arguments));
        return command;
    }

    private Child leader() {
        return dispatchers.stream()
                .max((one, other) -> Long.compare(one.ledEpoch(STREAM), other.ledEpoch(STREAM)))
                .orElseThrow();
    }

    private void publish(StatefulRedisConnection<byte[], byte[]> client, int from, int to)
            throws InterruptedException {
        long began = System.nanoTime();
        for (int i = from; i < to; i++) {
            var _ = client.async().publish(bytes("messages:published"), message(i));
            if (i % 100 == 0) {
                keepWorkersAlive();
                long due = began + (long) (i - from) * 1_000_000_000L / PER_SECOND;
                TimeUnit.NANOSECONDS.sleep(Math.max(0, due - System.nanoTime()));
            }
        }
    }

    private static byte[] message(int number) {
        String order =
                throwsUp(number)
                        ? "throw"
                        : asksAgain(number)
                                ? "again"
                                : isRejected(number)
                                        ? "reject"
                                        : endsItsWorker(number) ? "exit" : "none";
        return bytes(
                "{\"message_id\":\"m-%d\",%s%s\",\"data\":\"%s\"}"
                        .formatted(number, TouchyWorker.ORDER, order, "x".repeat(100)));
    }

    private static boolean throwsUp(int number) {
        return number % 100 == 11;
    }

    private static boolean asksAgain(int number) {
        return number % 100 == 31;
    }

    private static boolean isRejected(int number) {
        return number % 100 == 51;
    }

    private static boolean endsItsWorker(int number) {
        return number % 1_000 == 77;
    }

    private static int count(IntPredicate kind) {
        return (int) IntStream.range(0, MESSAGES).filter(kind).count();
    }

    private void await(BooleanSupplier condition, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("it takes too long").isLessThan(deadline);
            keepWorkersAlive();
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private void keepWorkersAlive() {
        for (Child worker : workers) {
            if (!worker.alive()) {
                worker.restart();
                restarts++;
            }
        }
    }

    private static long finished(Books books) {
        return books.count("committed") + books.count("dead");
    }

    private static void judge(StatefulRedisConnection<byte[], byte[]> client, Books books) {
        int throwing = count(OutcomesIT::throwsUp);
        int again = count(OutcomesIT::asksAgain);
        int rejected = count(OutcomesIT::isRejected);
        int ending = count(OutcomesIT::endsItsWorker);
        assertThat(books.balanced()).as(books.toString()).isTrue();
        assertThat(books.count("dispatched")).isEqualTo(MESSAGES);
        assertThat(books.count("lost")).isZero();
        assertThat(books.gaps()).isZero();
        assertThat(books.count("committed")).isEqualTo(MESSAGES - throwing - rejected - ending);
        assertThat(books.count("dead")).isEqualTo(throwing + rejected + ending);
        assertThat(books.count("retried")).isEqualTo(throwing + again);

        BitSet committed = new BitSet();
        Set<String> positions = new HashSet<>();
        forEach(
                client,
                STREAM,
                fields -> {
                    int number =
                            Integer.parseInt(fields.getOrDefault("message_id", "m-").substring(2));
                    assertThat(committed.get(number)).as("m-%d is there once", number).isFalse();
                    committed.set(number);
                    assertThat(positions.add(fields.get("position"))).isTrue();
                });
        Map<String, Integer> reasons = new TreeMap<>();
        forEach(
                client,
                "{" + STREAM + "}:dead",
                fields -> {
                    reasons.merge(fields.get("reason"), 1, Integer::sum);
                    assertThat(positions.add(fields.get("position"))).isTrue();
                });
        assertThat(reasons)
                .isEqualTo(
                        new TreeMap<>(
                                Map.of(
                                        "failed", throwing,
                                        "refused", rejected,
                                        "crashed", ending)));
        for (int number = 0; number < MESSAGES; number++) {
            assertThat(committed.get(number))
                    .as("m-%d", number)
                    .isEqualTo(!throwsUp(number) && !isRejected(number) && !endsItsWorker(number));
        }
    }

    private static void forEach(
            StatefulRedisConnection<byte[], byte[]> client,
            String stream,
            Consumer<Map<String, String>> reader) {
        Range<String> rest = Range.unbounded();
        List<StreamMessage<byte[], byte[]>> page;
        do {
            page = client.sync().xrange(bytes(stream), rest, Limit.from(PAGE));
            for (StreamMessage<byte[], byte[]> entry : page) {
                Map<String, String> fields = new TreeMap<>();
                entry.getBody().forEach((name, value) -> fields.put(text(name), text(value)));
                reader.accept(fields);
                rest =
                        Range.from(
                                Range.Boundary.excluding(entry.getId()),
                                Range.Boundary.unbounded());
            }
        } while (page.size() == PAGE);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
