package dev.baton.server.processor;

import static dev.baton.server.processor.StubService.reply;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.dispatch.Dispatcher;
import dev.baton.dispatch.DispatcherSettings;
import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.embedded.EmbeddedRedis;
import dev.baton.server.load.MadeUpMessages;
import dev.baton.server.load.Publisher;
import dev.baton.slice.Books;
import dev.baton.slice.SliceBooks;
import dev.baton.slice.SliceKeys;
import dev.baton.slice.SliceOffice;
import dev.baton.source.Listening;
import dev.baton.worker.RetryPolicy;
import dev.baton.worker.Worker;
import dev.baton.worker.WorkerSettings;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.api.StatefulRedisConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/// Messages through a real Redis and a service that fails in every way it can. Larger with `-Dhttp.messages=50000`, otherwise
/// with `-Dhttp.seed=N`, and with several messages a request with `-Dhttp.batch=N`.
class HttpProcessorIT {

    private static final int MESSAGES = Integer.getInteger("http.messages", 2_000);
    private static final long SEED = Long.getLong("http.seed", 1);
    private static final int BATCH = Integer.getInteger("http.batch", 1);
    private static final int CONCURRENCY = 32;
    private static final String STREAM = "posted";
    private static final Duration TIMEOUT = Duration.ofSeconds(1);
    private static final int PAGE = 1_000;

    private final Set<String> rejected = ConcurrentHashMap.newKeySet();
    private final Map<String, LongAdder> said = new ConcurrentHashMap<>();

    /// Of a message the first answer is by chance; a failure is not repeated, so that all come through in the end.
    private final Set<String> failed = ConcurrentHashMap.newKeySet();

    private StubService.Reply behave(StubService.Request request) {
        String id = request.header("Baton-Message-Id");
        String key = BATCH == 1 ? id : request.header("Baton-Position");
        int chance = new Random(SEED * 1_000_003 + key.hashCode()).nextInt(100);
        if (chance == 0 && BATCH == 1) {
            rejected.add(id);
            return saying("422", reply(422, ""));
        }
        if (chance < 12 && failed.add(key)) {
            return failure(chance, request);
        }
        return saying("200", success(request));
    }

    private StubService.Reply failure(int chance, StubService.Request request) {
        if (chance < 6) {
            return saying("500", reply(500, ""));
        }
        if (chance < 8) {
            return saying("late", success(request).after(TIMEOUT.toMillis() + 500));
        }
        if (chance < 10) {
            return saying(
                    "reset", new StubService.Reply("HTTP/1.1 200 OK\r\n", "", 0, true, false));
        }
        return saying("429", reply(429, "", "Retry-After: 1"));
    }

    private static StubService.Reply success(StubService.Request request) {
        return reply(
                200,
                BATCH == 1
                        ? request.body()
                        : request.body().replace("{", "{\"emit\":{").replace("}", "}}"));
    }

    private StubService.Reply saying(String what, StubService.Reply reply) {
        said.computeIfAbsent(what, _ -> new LongAdder()).increment();
        return reply;
    }

    @Test
    void nothingIsLostAndNothingIsTwiceWhateverTheServiceDoes() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedis.Options.temporary());
                RedisConnector connector = new RedisConnector(RedisAddress.parse(redis.uri()));
                SliceBooks books = SliceBooks.open(connector, STREAM);
                StubService service = new StubService(this::behave);
                ProcessorSource source = ProcessorSource.http(settings(service.url()));
                Worker _ = Worker.start(worker(redis), source.create());
                Dispatcher dispatcher = Dispatcher.start(dispatcher(redis));
                Publisher publisher = new Publisher(connector, "posts")) {
            await().atMost(Duration.ofSeconds(20)).until(() -> dispatcher.figures().led() == 1);
            long began = System.nanoTime();

            publisher.publish(new MadeUpMessages("h", MESSAGES, 200), 20_000, () -> false);
            await().atMost(Duration.ofSeconds(20 + MESSAGES / 100))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> finished(books.read()) == MESSAGES);

            double seconds = (System.nanoTime() - began) / (double) TimeUnit.SECONDS.toNanos(1);
            Books after = books.read();
            report(seconds, after, service);
            check(connector, after);
            assertThat(service.mostUnderWay())
                    .as("those that nobody waits for any more are still at their delay")
                    .isLessThanOrEqualTo(3 * CONCURRENCY);
        }
    }

    private static long finished(Books books) {
        return books.count("committed") + books.count("dead") + books.count("dropped");
    }

    private void check(RedisConnector connector, Books after) {
        Map<String, Integer> found = entries(connector);
        Set<String> dead = new HashSet<>();
        List<SliceOffice> office = SliceOffice.open(connector, List.of(new SliceKeys(STREAM)));
        office.getFirst().forEachDead(letter -> dead.add(letter.field("message_id")));
        office.getFirst().close();
        assertThat(after.balanced()).as(after.toString()).isTrue();
        assertThat(after.count("dropped")).isZero();
        assertThat(dead).isEqualTo(rejected);
        if (BATCH == 1) {
            assertThat(dead).isNotEmpty();
            assertThat(found.keySet()).doesNotContainAnyElementsOf(dead);
        }
        assertThat(found.values()).containsOnly(1);
        assertThat(found.size() + dead.size()).isEqualTo(MESSAGES);
        assertThat(said.keySet()).contains("200", "500", "late", "reset", "429");
    }

    private static Map<String, Integer> entries(RedisConnector connector) {
        Map<String, Integer> found = new HashMap<>();
        try (StatefulRedisConnection<byte[], byte[]> connection = connector.connect()) {
            Range<String> rest = Range.unbounded();
            List<StreamMessage<byte[], byte[]>> page;
            do {
                page =
                        connection
                                .sync()
                                .xrange(
                                        STREAM.getBytes(StandardCharsets.UTF_8),
                                        rest,
                                        Limit.from(PAGE));
                for (StreamMessage<byte[], byte[]> entry : page) {
                    found.merge(field(entry, "message_id"), 1, Integer::sum);
                    assertThat(field(entry, "payload")).contains(field(entry, "message_id"));
                    rest =
                            Range.from(
                                    Range.Boundary.excluding(entry.getId()),
                                    Range.Boundary.unbounded());
                }
            } while (page.size() == PAGE);
        }
        return found;
    }

    private static String field(StreamMessage<byte[], byte[]> entry, String name) {
        for (Map.Entry<byte[], byte[]> field : entry.getBody().entrySet()) {
            if (new String(field.getKey(), StandardCharsets.UTF_8).equals(name)) {
                return new String(field.getValue(), StandardCharsets.UTF_8);
            }
        }
        return "";
    }

    private void report(double seconds, Books after, StubService service) {
        System.out.printf(
                "http: %,d messages in %.1f s, %,.0f/s, seed %d, batch %d; requests %,d, answers %s; ledger %s%n",
                MESSAGES,
                seconds,
                MESSAGES / seconds,
                SEED,
                BATCH,
                service.requests(),
                new TreeMap<>(said),
                after.ledger());
    }

    private static HttpSettings settings(String url) {
        return new HttpSettings(
                URI.create(url),
                List.of(),
                null,
                TIMEOUT,
                Duration.ofSeconds(1),
                CONCURRENCY,
                1 << 20,
                HttpSettings.Emit.response,
                BATCH,
                Duration.ofMillis(5),
                Duration.ofSeconds(1));
    }

    private static WorkerSettings worker(EmbeddedRedis redis) {
        return WorkerSettings.builder("h1", RedisAddress.parse(redis.uri())).stream(STREAM)
                .concurrency(CONCURRENCY)
                .retries(new RetryPolicy(20, Duration.ofMillis(200), Duration.ofSeconds(2)))
                .build();
    }

    private static DispatcherSettings dispatcher(EmbeddedRedis redis) {
        RedisAddress address = RedisAddress.parse(redis.uri());
        return DispatcherSettings.builder("d1", address).stream(STREAM)
                .listening(new Listening.Channels(List.of("posts")))
                .build();
    }
}
