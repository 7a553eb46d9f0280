package dev.baton.server.chaos;

import dev.baton.redis.RedisConnector;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// Listens to the control channel and keeps the last things said there. Thread-safe.
final class Recorder implements AutoCloseable {

    private static final int MAX_KEPT = 500;

    private final StatefulRedisPubSubConnection<byte[], byte[]> connection;
    private final Deque<byte[]> kept = new ArrayDeque<>();

    /// @param connector the source; stays the caller's to close
    /// @param stream the pipeline's output stream
    Recorder(RedisConnector connector, String stream) {
        byte[] channel = channelOf(stream).getBytes(StandardCharsets.UTF_8);
        connection =
                connector.connectForSubscription(
                        ByteArrayCodec.INSTANCE, connector.serverOf(channel));
        connection.addListener(
                new RedisPubSubAdapter<>() {
                    @Override
                    public void message(byte[] channel, byte[] message) {
                        keep(message);
                    }
                });
        connection.sync().subscribe(channel);
    }

    /// The control channel of a pipeline.
    static String channelOf(String stream) {
        return "baton:control:" + stream;
    }

    private synchronized void keep(byte[] message) {
        if (kept.size() == MAX_KEPT) {
            kept.removeFirst();
        }
        kept.addLast(message);
    }

    /// What was kept, oldest first.
    synchronized List<byte[]> heard() {
        return new ArrayList<>(kept);
    }

    @Override
    public void close() {
        connection.close();
    }
}
