package dev.baton.server.chaos;

import dev.baton.redis.RedisConnector;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.nio.charset.StandardCharsets;

/// The one server at which dispatchers listen and everybody publishes: of a cluster, the primary of the channel's slot,
/// which changes.
final class SourceNode implements AutoCloseable {

    private final RedisConnector connector;
    private final byte[] channel;
    private final boolean sharded;
    private RedisURI server;
    private StatefulRedisConnection<byte[], byte[]> connection;

    /// @param connector the source; stays the caller's to close
    /// @param channel on which messages are published
    /// @param sharded whether it is a sharded channel
    SourceNode(RedisConnector connector, String channel, boolean sharded) {
        this.connector = connector;
        this.channel = channel.getBytes(StandardCharsets.UTF_8);
        this.sharded = sharded;
        this.server = find();
        this.connection = connector.connectTo(server);
    }

    private RedisURI find() {
        return sharded ? connector.shardServerOf(channel) : connector.serverOf(channel);
    }

    RedisConnector connector() {
        return connector;
    }

    /// Where it is, as it was last looked for.
    synchronized RedisURI server() {
        return server;
    }

    /// Commands that go to it.
    synchronized RedisCommands<byte[], byte[]> commands() {
        return connection.sync();
    }

    /// Another connection to it, which the caller closes.
    synchronized StatefulRedisConnection<byte[], byte[]> connect() {
        return connector.connectTo(server);
    }

    /// How many connections are subscribed to the data channel.
    long subscribers() {
        var counts =
                sharded ? commands().pubsubShardNumsub(channel) : commands().pubsubNumsub(channel);
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    /// Whether it is another one now.
    synchronized boolean moved() {
        return find().getPort() != server.getPort();
    }

    /// Looks for it again and goes there.
    synchronized void follow() {
        RedisURI now = find();
        StatefulRedisConnection<byte[], byte[]> next = connector.connectTo(now);
        connection.close();
        server = now;
        connection = next;
    }

    @Override
    public synchronized void close() {
        connection.close();
    }
}
