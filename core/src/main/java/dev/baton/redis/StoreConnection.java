package dev.baton.redis;

import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Commands to a store: one server, whoever is primary among several, or a cluster, where each command goes to the primary that serves its keys. One
/// connection serves any number of slices. Thread-safe.
///
/// Commands for one slot take effect in the order in which they are sent as long as its primary stays the same and is
/// connected; while it changes, some fail, and others may come earlier than those before them.
public final class StoreConnection implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(StoreConnection.class);

    private final StatefulConnection<byte[], byte[]> connection;
    private final RedisClusterAsyncCommands<byte[], byte[]> async;
    private final RedisClusterCommands<byte[], byte[]> sync;
    private final boolean mayBeReplaced;
    private final Supplier<String> only;

    /// @param mayBeReplaced whether another server may take its place
    /// @param address of the server that is connected to, as `host:port`
    StoreConnection(
            StatefulRedisConnection<byte[], byte[]> server,
            boolean mayBeReplaced,
            Supplier<String> address) {
        this.mayBeReplaced = mayBeReplaced;
        this.only = address;
        this.connection = server;
        this.async = server.async();
        this.sync = server.sync();
    }

    StoreConnection(StatefulRedisClusterConnection<byte[], byte[]> cluster) {
        this.mayBeReplaced = true;
        this.only = () -> "";
        this.connection = cluster;
        this.async = cluster.async();
        this.sync = cluster.sync();
    }

    /// Commands whose answers come later.
    public RedisClusterAsyncCommands<byte[], byte[]> async() {
        return async;
    }

    /// Commands that wait for their answers.
    public RedisClusterCommands<byte[], byte[]> sync() {
        return sync;
    }

    /// Whether another server may take the place of one that is away: in a cluster, and where sentinels watch.
    public boolean mayBeReplaced() {
        return mayBeReplaced;
    }

    /// Connects to the server that serves a key, so that the first command finds it connected. Where that fails, the
    /// commands will say so.
    public StoreConnection reach(byte[] key) {
        if (connection instanceof StatefulRedisClusterConnection<byte[], byte[]> cluster) {
            RedisClusterNode node = cluster.getPartitions().getMasterBySlot(SlotHash.getSlot(key));
            try {
                if (node != null) {
                    cluster.getConnection(node.getUri().getHost(), node.getUri().getPort());
                }
            } catch (RedisException e) {
                log.debug("cannot reach the node of a slot yet: {}", e.getMessage());
            }
        }
        return this;
    }

    /// Which server serves a key, as far as is known: `host:port`, or `?` for a slot that no node serves.
    public String nodeOf(byte[] key) {
        if (!(connection instanceof StatefulRedisClusterConnection<byte[], byte[]> cluster)) {
            return only.get();
        }
        RedisClusterNode node = cluster.getPartitions().getMasterBySlot(SlotHash.getSlot(key));
        return node == null ? "?" : node.getUri().getHost() + ":" + node.getUri().getPort();
    }

    /// Commands that all go to the server which serves a key now, and that are not redirected when another does. Never blocks;
    /// fails if the server cannot be reached.
    public CompletableFuture<RedisClusterAsyncCommands<byte[], byte[]>> serverOf(byte[] key) {
        return connectionOf(key).thenApply(StatefulRedisConnection::async);
    }

    @SuppressWarnings("unchecked") // one of two
    private CompletableFuture<StatefulRedisConnection<byte[], byte[]>> connectionOf(byte[] key) {
        if (!(connection instanceof StatefulRedisClusterConnection<byte[], byte[]> cluster)) {
            return CompletableFuture.completedFuture(
                    (StatefulRedisConnection<byte[], byte[]>) connection);
        }
        RedisClusterNode node = cluster.getPartitions().getMasterBySlot(SlotHash.getSlot(key));
        if (node == null) {
            return CompletableFuture.failedFuture(
                    new RedisException("no node of the cluster is known to serve the slot"));
        }
        return cluster.getConnectionAsync(node.getUri().getHost(), node.getUri().getPort());
    }

    /// Sends commands that take effect together, to the server which serves a key now, over the connection to it that all share. Not redirected
    /// when another does. Never blocks; the order among other commands for the same server is that of the calls.
    ///
    /// @param key one of those in the commands, which all lie in its slot
    /// @return the commands' answers in their order; fails with what the last of them answered as an error, with [DiscardedException], or as
    ///     one command does
    public CompletableFuture<List<Object>> transact(byte[] key, Transaction transaction) {
        CompletableFuture<StatefulRedisConnection<byte[], byte[]>> server = connectionOf(key);
        if (server.state() != Future.State.SUCCESS) {
            // Once connected it would come after what is sent meanwhile.
            return CompletableFuture.failedFuture(
                    new DiscardedException("not connected to the server of the slot"));
        }
        SentTransaction sent = new SentTransaction(transaction);
        server.join().dispatch(sent);
        return sent;
    }

    /// Each primary on which keys of ours may come to lie.
    List<Server> servers() {
        if (!(connection instanceof StatefulRedisClusterConnection<byte[], byte[]> cluster)) {
            return List.of(new Server("", sync));
        }
        List<Server> servers = new ArrayList<>();
        for (RedisClusterNode node : cluster.getPartitions()) {
            if (node.is(RedisClusterNode.NodeFlag.UPSTREAM) && !node.hasNoSlots()) {
                String host = node.getUri().getHost();
                int port = node.getUri().getPort();
                servers.add(
                        new Server(host + ":" + port, cluster.getConnection(host, port).sync()));
            }
        }
        return servers;
    }

    /// One server of the store.
    ///
    /// @param name host and port of a cluster's node, empty for the only server
    /// @param commands go to this very server
    record Server(String name, RedisClusterCommands<byte[], byte[]> commands) {}

    @Override
    public void close() {
        connection.close();
    }
}
