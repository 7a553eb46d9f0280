package dev.baton.source;

import dev.baton.redis.RedisConnector;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.RedisPubSubListener;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.varhandle.SpscChunkedVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;

/// Publications of one Redis server, over a connection of their own that is never opened again behind our back.
public final class RedisSource implements Source {

    /// Publications that may lie between the event loop and the reader; beyond it the reader has fallen behind for good.
    static final int MAX_QUEUED_MESSAGES = 1 << 17;

    private static final int QUEUE_CHUNK = 1 << 10;

    /// Bytes that may lie there.
    static final long MAX_QUEUED_BYTES = 64L << 20;

    private final RedisConnector connector;
    private final Listening listening;

    /// @param connector stays the caller's to close
    /// @param listening what to listen to
    public RedisSource(RedisConnector connector, Listening listening) {
        this.connector = connector;
        this.listening = listening;
    }

    @Override
    public Subscription subscribe(Runnable wake) {
        StatefulRedisPubSubConnection<byte[], byte[]> connection =
                connector.connectForSubscription(ByteArrayCodec.INSTANCE);
        Incarnation incarnation = new Incarnation(connection, wake, listening.several());
        connection.addListener((RedisPubSubListener<byte[], byte[]>) incarnation);
        connection.addListener((RedisConnectionStateListener) incarnation);
        try {
            switch (listening) {
                case Listening.Channels exact ->
                        connection
                                .sync()
                                .subscribe(
                                        exact.channels().stream()
                                                .map(RedisSource::bytes)
                                                .toArray(byte[][]::new));
                case Listening.Pattern one -> connection.sync().psubscribe(bytes(one.pattern()));
            }
        } catch (RuntimeException e) {
            connection.close();
            throw e;
        }
        return incarnation;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /// Written by the connection's event loop, read by the dispatcher.
    private static final class Incarnation
            implements Subscription,
                    RedisPubSubListener<byte[], byte[]>,
                    RedisConnectionStateListener {

        private static final byte[] NO_CHANNEL = {};

        private final StatefulRedisPubSubConnection<byte[], byte[]> connection;
        private final Runnable wake;
        private final boolean several;
        private final SpscChunkedVarHandleArrayQueue<Heard.Publication> queue =
                new SpscChunkedVarHandleArrayQueue<>(QUEUE_CHUNK, MAX_QUEUED_MESSAGES);
        private final AtomicLong queuedBytes = new AtomicLong();
        private final AtomicBoolean over = new AtomicBoolean();
        private volatile @Nullable String cause;
        private boolean endHandedOver;

        Incarnation(
                StatefulRedisPubSubConnection<byte[], byte[]> connection,
                Runnable wake,
                boolean several) {
            this.connection = connection;
            this.wake = wake;
            this.several = several;
        }

        @Override
        public void message(byte[] channel, byte[] message) {
            if (over.get()) {
                return;
            }
            Heard.Publication heard =
                    new Heard.Publication(several ? channel : NO_CHANNEL, message);
            if (queuedBytes.get() + message.length > MAX_QUEUED_BYTES || !queue.offer(heard)) {
                end("the dispatcher fell behind by " + queue.size() + " messages");
                return;
            }
            queuedBytes.addAndGet(message.length);
            wake.run();
        }

        @Override
        public void message(byte[] pattern, byte[] channel, byte[] message) {
            message(channel, message);
        }

        @Override
        public void subscribed(byte[] channel, long count) {}

        @Override
        public void psubscribed(byte[] pattern, long count) {}

        @Override
        public void unsubscribed(byte[] channel, long count) {
            end("the server ended the subscription");
        }

        @Override
        public void punsubscribed(byte[] pattern, long count) {
            end("the server ended the subscription");
        }

        @Override
        public void onRedisDisconnected(io.lettuce.core.RedisChannelHandler<?, ?> lost) {
            end("the connection was lost");
        }

        /// Ends the incarnation where it stands: what is queued was heard without a break, what follows is not heard.
        private void end(String why) {
            if (over.compareAndSet(false, true)) {
                cause = why;
                var _ = connection.closeAsync();
                wake.run();
            }
        }

        @Override
        public @Nullable Heard poll() {
            String ended = cause;
            Heard.Publication next = queue.poll();
            if (next != null) {
                queuedBytes.addAndGet(-next.payload().length);
                return next;
            }
            if (ended == null || endHandedOver) {
                return null;
            }
            endHandedOver = true;
            return new Heard.Ended(ended);
        }

        @Override
        public void close() {
            end("closed by the dispatcher");
        }
    }
}
