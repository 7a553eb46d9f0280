package dev.baton.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

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
        return source.connectTo(sharded ? source.shardServerOf(channel) : source.serverOf(channel));
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
