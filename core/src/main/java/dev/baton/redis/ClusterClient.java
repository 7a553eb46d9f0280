package dev.baton.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.RedisCommand;
import io.lettuce.core.resource.ClientResources;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Connections to the nodes of one cluster. Which node serves which slot is asked every few seconds, and soon after a node
/// redirected a command or stays away. Thread-safe.
final class ClusterClient implements AutoCloseable {

    /// Bounds how long a primary that stands still is gone on with after another took its place.
    private static final Duration REFRESH_PERIOD = Duration.ofSeconds(5);

    /// However many commands are redirected, the nodes are not asked more often.
    private static final Duration REFRESH_PAUSE = Duration.ofMillis(250);

    /// Attempts to connect to a node again after which the others are asked whether it is still in charge.
    private static final int ATTEMPTS_BEFORE_REFRESH = 2;

    private final AtomicLong waitMillis = new AtomicLong();
    private final RedisClusterClient client;

    /// @param resources stay the caller's to close
    /// @param seeds nodes from which the others are found
    /// @param options of each connection
    ClusterClient(ClientResources resources, List<RedisURI> seeds, ClientOptions options) {
        client = RedisClusterClient.create(resources, seeds);
        client.setOptions(
                ClusterClientOptions.builder(options)
                        .timeoutOptions(
                                TimeoutOptions.builder().timeoutSource(new ByCommand()).build())
                        .topologyRefreshOptions(
                                ClusterTopologyRefreshOptions.builder()
                                        .enablePeriodicRefresh(REFRESH_PERIOD)
                                        .adaptiveRefreshTriggersTimeout(REFRESH_PAUSE)
                                        .refreshTriggersReconnectAttempts(ATTEMPTS_BEFORE_REFRESH)
                                        .build())
                        .validateClusterNodeMembership(false)
                        .build());
    }

    /// Waiting commands have their own time: connections to nodes are opened whenever they are needed, and all of them get
    /// the same options.
    private final class ByCommand extends TimeoutOptions.TimeoutSource {
        @Override
        public long getTimeout(RedisCommand<?, ?, ?> command) {
            return command.getType() == CommandType.BLMOVE
                    ? waitMillis.get()
                    : RedisConnector.COMMAND_TIMEOUT.toMillis();
        }

        @Override
        public TimeUnit getTimeUnit() {
            return TimeUnit.MILLISECONDS;
        }
    }

    /// @throws RedisException if none of the nodes answers
    StatefulRedisClusterConnection<byte[], byte[]> connect() {
        return client.connect(ByteArrayCodec.INSTANCE);
    }

    /// @param timeout of commands that wait on a lane
    /// @throws RedisException if none of the nodes answers
    StatefulRedisClusterConnection<byte[], byte[]> connectToWait(Duration timeout) {
        waitMillis.accumulateAndGet(timeout.toMillis(), Math::max);
        return connect();
    }

    /// The primary of a key's slot, as the nodes say now.
    ///
    /// @throws RedisException if none of the nodes answers, or nobody serves the slot
    RedisURI primaryOf(byte[] key) {
        client.refreshPartitions();
        int slot = SlotHash.getSlot(key);
        RedisClusterNode node = client.getPartitions().getMasterBySlot(slot);
        if (node == null) {
            throw new RedisException("no node of the cluster serves slot " + slot);
        }
        return node.getUri();
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    }
}
