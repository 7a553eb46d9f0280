package dev.baton.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.Position;
import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.redis.StoreConnection;
import dev.baton.slice.Books;
import dev.baton.slice.SliceBooks;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// Load on a pipeline, and the account of what came out.
final class ClusterBench implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final RedisConnector source;
    private final RedisConnector store;
    private final boolean sharded;
    private StatefulRedisConnection<byte[], byte[]> publisher;
    private final SliceBooks books;
    private final byte[] channel;
    private final String stream;
    private final AtomicInteger published = new AtomicInteger();

    /// Publications of which nobody knows whether somebody heard them.
    private final Set<String> unconfirmed = new HashSet<>();

    private final AtomicBoolean stop = new AtomicBoolean();
    private final Thread load;

    ClusterBench(String source, String store, String channel, String stream) {
        this(source, store, channel, false, stream);
    }

    ClusterBench(String source, String store, String channel, boolean sharded, String stream) {
        this.sharded = sharded;
        this.source = new RedisConnector(RedisAddress.parse(source));
        this.store = new RedisConnector(RedisAddress.parse(store));
        this.channel = bytes(channel);
        this.stream = stream;
        this.publisher = connect();
        this.books = SliceBooks.open(this.store, stream);
        this.load = Thread.ofPlatform().name("load").unstarted(this::publishOn);
    }

    private StatefulRedisConnection<byte[], byte[]> connect() {
        return source.connectToPublish(channel, sharded);
    }

    /// Publishes from now on where the channel is now.
    void follow() {
        publisher.close();
        publisher = connect();
    }

    /// Publishes messages one after the other until [#end].
    void begin() {
        load.start();
    }

    void end() throws InterruptedException {
        stop.set(true);
        load.join();
    }

    private void publishOn() {
        while (!stop.get()) {
            publish(20);
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /// Publishes so many at once and waits until the server has them all.
    void publish(int count) {
        List<CompletableFuture<Long>> answers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String message = "{\"message_id\":\"" + published.getAndIncrement() + "\"}";
            answers.add(
                    (sharded
                                    ? publisher.async().spublish(channel, bytes(message))
                                    : publisher.async().publish(channel, bytes(message)))
                            .toCompletableFuture());
        }
        answers.forEach(answer -> assertThat(answer.join()).isPositive());
    }

    /// Publishes in pieces of 20 while the server may change, and takes down what it did not confirm.
    ///
    /// @param perSecond messages a second, as far as the server confirms as fast
    void publishThroughTrouble(Duration time, int perSecond) {
        long began = System.nanoTime();
        int sent = 0;
        long passed;
        while ((passed = System.nanoTime() - began) < time.toNanos()) {
            long due = passed * perSecond / 1_000_000_000L;
            if (sent >= due) {
                LockSupport.parkNanos(1_000_000);
                continue;
            }
            sent += 20;
            Map<String, CompletableFuture<Long>> answers = new HashMap<>();
            for (int i = 0; i < 20; i++) {
                String id = Integer.toString(published.getAndIncrement());
                byte[] message = bytes("{\"message_id\":\"" + id + "\"}");
                answers.put(id, publisher.async().publish(channel, message).toCompletableFuture());
            }
            answers.forEach(
                    (id, answer) -> {
                        if (answer.exceptionally(failure -> -1L).join() < 0) {
                            unconfirmed.add(id);
                        }
                    });
        }
    }

    int published() {
        return published.get();
    }

    Books books() {
        return books.read();
    }

    void awaitAllFinished() {
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(books().count("committed")).isEqualTo(published()));
    }

    /// Waits until a message is in the stream and nothing is on its way any more.
    void awaitPublished(String id) {
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .untilAsserted(
                        () -> {
                            assertThat(read(stream))
                                    .anySatisfy(e -> assertThat(e.get("message_id")).isEqualTo(id));
                            assertThat(books().backlog()).isZero();
                        });
    }

    /// Every message is in the stream just once, nothing was declared lost, and the books balance.
    void everyMessageIsThereOnce() {
        List<String> ids = new ArrayList<>();
        try (StoreConnection connection = store.store().reach(bytes(stream))) {
            for (StreamMessage<byte[], byte[]> entry :
                    connection.sync().xrange(bytes(stream), Range.unbounded())) {
                entry.getBody()
                        .forEach(
                                (name, value) -> {
                                    if (text(name).equals("message_id")) {
                                        ids.add(text(value));
                                    }
                                });
            }
        }
        assertThat(ids).hasSize(published()).doesNotHaveDuplicates();
        Books now = books();
        assertThat(now.balanced()).isTrue();
        assertThat(now.gaps()).isZero();
        assertThat(now.dead()).isZero();
    }

    /// No message is in the stream twice, positions follow the order of publication, and every message that was confirmed and
    /// is not there lies where a gap was declared. Returns how many those are.
    int everyMessageIsThereOnceOrInAGap() {
        List<Map<String, String>> entries = read(stream);
        List<Map<String, String>> gaps = read("{" + stream + "}:gaps");
        Map<Integer, Position> positions = new HashMap<>();
        for (Map<String, String> entry : entries) {
            int id = Integer.parseInt(entry.get("message_id"));
            assertThat(positions.put(id, Position.parse(String.valueOf(entry.get("position")))))
                    .as("%s is there once", entry)
                    .isNull();
        }
        assertThat(positions.values()).doesNotHaveDuplicates();
        int lost = 0;
        Position before = Position.atMark(0, 0);
        for (int id = 0; id < published(); id++) {
            Position position = positions.get(id);
            if (position != null) {
                assertThat(position).as("order of %s", id).isGreaterThan(before);
                before = position;
            } else if (!unconfirmed.contains(Integer.toString(id))) {
                lost++;
                Position from = before;
                int next = id;
                while (!positions.containsKey(next) && next < published()) {
                    next++;
                }
                Position to = positions.get(next);
                assertThat(gaps)
                        .as("message %s, after %s and before %s, is in a gap", id, from, to)
                        .anySatisfy(
                                gap -> {
                                    assertThat(Position.parse(String.valueOf(gap.get("from"))))
                                            .isGreaterThan(from);
                                    assertThat(to).isNotNull();
                                    assertThat(Position.parse(String.valueOf(gap.get("to"))))
                                            .isLessThanOrEqualTo(to);
                                });
            }
        }
        assertThat(books().balanced()).isTrue();
        return lost;
    }

    private List<Map<String, String>> read(String key) {
        List<Map<String, String>> all = new ArrayList<>();
        try (StoreConnection connection = store.store().reach(bytes(stream))) {
            for (StreamMessage<byte[], byte[]> entry :
                    connection.sync().xrange(bytes(key), Range.unbounded())) {
                Map<String, String> fields = new HashMap<>();
                entry.getBody().forEach((name, value) -> fields.put(text(name), text(value)));
                all.add(fields);
            }
        }
        return all;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        stop.set(true);
        books.close();
        publisher.close();
        source.close();
        store.close();
    }
}
