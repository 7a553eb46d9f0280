package dev.baton.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.baton.duty.RoleStoppedException;
import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.redis.UnfitStoreException;
import dev.baton.slice.PipelineBooks;
import dev.baton.slice.Reslicing;
import dev.baton.slice.SliceKeys;
import dev.baton.testing.RedisProcess;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The number of slices of a pipeline under load becomes another one.
class ReslicingIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String CHANNEL = "in";
    private static final String STREAM = "out";
    private static final int PER_SECOND = 2_500;

    private RedisProcess redis;
    private RedisConnector connector;
    private StatefulRedisConnection<byte[], byte[]> client;

    @BeforeEach
    void start() {
        redis = RedisProcess.start();
        connector = new RedisConnector(RedisAddress.parse(redis.uri()));
        client = connector.connect();
    }

    @AfterEach
    void stop() {
        client.close();
        connector.close();
        redis.close();
    }

    @ParameterizedTest
    @CsvSource({"1, 4", "2, 3", "3, 1"})
    void underLoadNothingIsLostOrRepeatedWhenTheNumberChanges(int from, int to) throws Exception {
        Load load = new Load();
        try (Pipeline old = pipeline("old", from);
                Reslicing reslicing = new Reslicing(connector, STREAM, from, to)) {
            awaitLeads(old, from);
            load.begin();
            await().atMost(PATIENCE).until(() -> load.published() > PER_SECOND);
            reslicing.announce();
            assertThat(reslicing.advance()).isInstanceOf(Reslicing.State.Waiting.class);
            long soFar = load.published();
            await().atMost(PATIENCE).until(() -> load.published() > soFar + PER_SECOND);
            try (Pipeline next = pipeline("new", to)) {
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> reslicing.advance() instanceof Reslicing.State.Done);
                awaitLeads(next, to);
                assertThatThrownBy(() -> old.dispatcher().finished().get(20, TimeUnit.SECONDS))
                        .isInstanceOf(ExecutionException.class)
                        .cause()
                        .isInstanceOf(RoleStoppedException.class)
                        .hasMessageContaining("give it --slices " + to);
                old.worker().close();
                long switched = load.published();
                await().atMost(PATIENCE).until(() -> load.published() > switched + PER_SECOND);
                load.end();
                awaitAllOut(load.published(), from, to);
            }
        } finally {
            load.end();
        }

        long longest = checkAll(load.published(), from, to);
        System.out.printf(
                "reslicing %d to %d: %d messages, longest time without output %d ms%n",
                from, to, load.published(), longest);
    }

    @Test
    void thereAndBackAgain() throws Exception {
        int published = 0;
        int from = 1;
        Pipeline old = pipeline("life 1", from);
        try {
            for (int to : new int[] {2, 1, 2}) {
                awaitLeads(old, from);
                try (Reslicing reslicing = new Reslicing(connector, STREAM, from, to)) {
                    reslicing.announce();
                    Pipeline next = pipeline("life " + published, to);
                    published = publishMore(published);
                    await().atMost(PATIENCE)
                            .pollInterval(Duration.ofMillis(20))
                            .until(() -> reslicing.advance() instanceof Reslicing.State.Done);
                    published = publishMore(published);
                    awaitLeads(next, to);
                    old.close();
                    old = next;
                }
                awaitAllOut(published, 1, 2);
                from = to;
            }
        } finally {
            old.close();
        }
        checkAll(published, 1, 2);
    }

    private static void awaitLeads(Pipeline pipeline, int slices) {
        await().atMost(PATIENCE).until(() -> pipeline.dispatcher().figures().led() == slices);
    }

    private int publishMore(int from) {
        for (int i = from; i < from + 500; i++) {
            publish(i);
        }
        return from + 500;
    }

    @Test
    void withoutSuccessorsNothingChangesAndItIsTakenBack() throws Exception {
        try (Pipeline old = pipeline("old", 1);
                Reslicing reslicing = new Reslicing(connector, STREAM, 1, 2);
                Reslicing other = new Reslicing(connector, STREAM, 1, 3)) {
            awaitLeads(old, 1);
            assertThatThrownBy(() -> pipeline("early", 2))
                    .isInstanceOf(UnfitStoreException.class)
                    .hasMessageContaining("reslice");
            reslicing.announce();
            reslicing.announce();
            assertThatThrownBy(other::announce)
                    .isInstanceOf(UnfitStoreException.class)
                    .hasMessageContaining("--cancel");
            publishMore(0);
            awaitAllOut(500, 1, 1);
            assertThat(reslicing.advance()).isInstanceOf(Reslicing.State.Waiting.class);

            assertThat(reslicing.retract()).isTrue();

            assertThatThrownBy(reslicing::advance).isInstanceOf(UnfitStoreException.class);
            publishMore(500);
            awaitAllOut(1_000, 1, 1);
        }
        checkAll(1_000, 1, 1);
    }

    private Pipeline pipeline(String id, int slices) {
        return Pipeline.on(redis.uri()).channel(CHANNEL).stream(STREAM)
                .id(id)
                .slices(slices)
                .start();
    }

    private void publish(int number) {
        client.sync()
                .publish(
                        bytes(CHANNEL),
                        bytes("{\"message_id\":\"m-" + number + "\",\"text\":\"hello\"}"));
    }

    private Set<SliceKeys> streams(int from, int to) {
        Set<SliceKeys> all = new LinkedHashSet<>(SliceKeys.of(STREAM, from));
        all.addAll(SliceKeys.of(STREAM, to));
        return all;
    }

    private void awaitAllOut(long published, int from, int to) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(
                        () -> {
                            long out = 0;
                            for (SliceKeys keys : streams(from, to)) {
                                out += client.sync().xlen(bytes(keys.stream()));
                            }
                            assertThat(out).isEqualTo(published);
                        });
    }

    /// Returns the longest time in milliseconds in which nothing came out.
    private long checkAll(long published, int from, int to) {
        List<String> ids = new ArrayList<>();
        List<String> positions = new ArrayList<>();
        List<Long> millis = new ArrayList<>();
        for (SliceKeys keys : streams(from, to)) {
            for (StreamMessage<byte[], byte[]> entry :
                    client.sync().xrange(bytes(keys.stream()), Range.unbounded())) {
                millis.add(Long.parseLong(entry.getId().split("-", 2)[0]));
                entry.getBody()
                        .forEach(
                                (name, value) -> {
                                    switch (text(name)) {
                                        case "message_id" -> ids.add(text(value));
                                        case "position" -> positions.add(text(value));
                                        default -> {}
                                    }
                                });
            }
            assertThat(client.sync().xlen(bytes("{" + keys.stream() + "}:gaps"))).isZero();
        }
        assertThat(ids).hasSize((int) published).doesNotHaveDuplicates();
        assertThat(positions).hasSize((int) published).doesNotHaveDuplicates();
        try (PipelineBooks books = PipelineBooks.open(connector, List.copyOf(streams(from, to)))) {
            assertThat(books.read().balanced()).isTrue();
        }
        millis.sort(null);
        long longest = 0;
        for (int i = 1; i < millis.size(); i++) {
            longest = Math.max(longest, millis.get(i) - millis.get(i - 1));
        }
        return longest;
    }

    /// Publishes at a steady rate.
    private final class Load {
        private final AtomicInteger published = new AtomicInteger();
        private volatile boolean over;
        private @Nullable Thread thread;

        void begin() {
            thread = Thread.ofPlatform().start(this::run);
        }

        private void run() {
            long began = System.nanoTime();
            while (!over) {
                publish(published.get());
                long due = began + published.incrementAndGet() * (1_000_000_000L / PER_SECOND);
                LockSupport.parkNanos(Math.max(0, due - System.nanoTime()));
            }
        }

        int published() {
            return published.get();
        }

        void end() throws InterruptedException {
            over = true;
            Thread publishing = thread;
            if (publishing != null) {
                publishing.join();
            }
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
