package dev.baton.server.chaos;

import dev.baton.source.Listening;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// Listens to the control channel and keeps the last things that dispatchers said there. Thread-safe.
final class Recorder implements AutoCloseable {

    private static final int MAX_KEPT = 500;

    private final byte[] channel;
    private final boolean sharded;
    private final Deque<byte[]> kept = new ArrayDeque<>();
    private final Deque<ByteBuffer> forged = new ArrayDeque<>();
    private StatefulRedisPubSubConnection<byte[], byte[]> connection;

    /// @param source where messages are published
    /// @param listening what dispatchers listen to
    /// @param stream the pipeline's output stream
    Recorder(SourceNode source, Listening listening, String stream) {
        this.channel =
                listening.control("baton:control:" + stream).getBytes(StandardCharsets.UTF_8);
        this.sharded = listening instanceof Listening.Sharded;
        this.connection = listen(source);
    }

    private StatefulRedisPubSubConnection<byte[], byte[]> listen(SourceNode source) {
        StatefulRedisPubSubConnection<byte[], byte[]> ears =
                source.connector().connectForSubscription(ByteArrayCodec.INSTANCE, source.server());
        ears.addListener(
                new RedisPubSubAdapter<>() {
                    @Override
                    public void message(byte[] channel, byte[] message) {
                        keep(message);
                    }

                    @Override
                    public void smessage(byte[] channel, byte[] message) {
                        keep(message);
                    }
                });
        if (sharded) {
            ears.sync().ssubscribe(channel);
        } else {
            ears.sync().subscribe(channel);
        }
        return ears;
    }

    /// Listens where the source is now.
    synchronized void follow(SourceNode source) {
        StatefulRedisPubSubConnection<byte[], byte[]> next = listen(source);
        connection.close();
        connection = next;
    }

    /// The control channel.
    String channel() {
        return new String(channel, StandardCharsets.UTF_8);
    }

    /// Leaves out what is about to be said there by somebody else than dispatchers.
    synchronized void leaveOut(byte[] message) {
        if (forged.size() == MAX_KEPT) {
            forged.removeFirst();
        }
        forged.addLast(ByteBuffer.wrap(message));
    }

    private synchronized void keep(byte[] message) {
        if (forged.contains(ByteBuffer.wrap(message))) {
            return;
        }
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
    public synchronized void close() {
        connection.close();
    }
}
