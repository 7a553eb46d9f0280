package dev.baton.testing;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.sentinel.api.sync.RedisSentinelCommands;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/// A primary, its replica, and three sentinels that watch them, for one test class. Two sentinels have to agree; a server
/// counts as down after a second.
public final class RedisSentinels implements AutoCloseable {

    /// The name under which the sentinels know the servers.
    public static final String NAME = "mymaster";

    private static final int SENTINELS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final RedisClient client = RedisClient.create();
    private final List<RedisProcess> servers = new ArrayList<>();
    private final List<RedisProcess> sentinels = new ArrayList<>();
    private final List<RedisSentinelCommands<String, String>> commands = new ArrayList<>();

    private RedisSentinels() {}

    /// Starts them and waits until all know each other.
    ///
    /// @param options more of the servers' own options
    public static RedisSentinels start(String... options) {
        RedisSentinels all = new RedisSentinels();
        try {
            all.startAll(options);
        } catch (RuntimeException e) {
            all.close();
            throw e;
        }
        return all;
    }

    private void startAll(String... options) {
        RedisProcess primary = RedisProcess.start(options);
        servers.add(primary);
        List<String> following = new ArrayList<>(List.of(options));
        following.addAll(List.of("--replicaof", "127.0.0.1 " + primary.port()));
        servers.add(RedisProcess.start(following.toArray(String[]::new)));
        await(() -> info(servers.getLast(), "replication").contains("master_link_status:up"));
        for (int i = 0; i < SENTINELS; i++) {
            RedisProcess sentinel = RedisProcess.startSentinel(settings(primary));
            sentinels.add(sentinel);
            commands.add(client.connectSentinel(RedisURI.create(sentinel.uri())).sync());
        }
        await(() -> commands.stream().allMatch(RedisSentinels::knowsAll));
    }

    private static List<String> settings(RedisProcess primary) {
        return List.of(
                "sentinel monitor " + NAME + " 127.0.0.1 " + primary.port() + " 2",
                "sentinel down-after-milliseconds " + NAME + " 1000",
                "sentinel failover-timeout " + NAME + " 6000");
    }

    private static boolean knowsAll(RedisSentinelCommands<String, String> sentinel) {
        Map<String, String> state = sentinel.master(NAME);
        return "1".equals(state.get("num-slaves"))
                && "2".equals(state.get("num-other-sentinels"))
                && "master".equals(state.get("flags"));
    }

    /// Addresses of all sentinels.
    public String uri() {
        return sentinels.stream()
                .map(sentinel -> "127.0.0.1:" + sentinel.port())
                .collect(Collectors.joining(",", "redis-sentinel://", "#" + NAME));
    }

    /// The sentinels, so that they can be killed.
    public List<RedisProcess> sentinels() {
        return List.copyOf(sentinels);
    }

    /// The server all sentinels that live call primary; waits until they agree.
    public RedisProcess primary() {
        List<Integer> ports = new ArrayList<>();
        await(
                () -> {
                    ports.clear();
                    for (int i = 0; i < SENTINELS; i++) {
                        if (sentinels.get(i).alive()) {
                            ports.add(portOfPrimary(commands.get(i)));
                        }
                    }
                    return ports.stream().distinct().count() == 1;
                });
        return servers.stream()
                .filter(server -> server.port() == ports.getFirst())
                .findFirst()
                .orElseThrow();
    }

    private static int portOfPrimary(RedisSentinelCommands<String, String> sentinel) {
        return sentinel.getMasterAddrByName(NAME) instanceof InetSocketAddress at
                ? at.getPort()
                : 0;
    }

    /// The server that is not primary.
    public RedisProcess other(RedisProcess primary) {
        return servers.getFirst() == primary ? servers.getLast() : servers.getFirst();
    }

    /// Has the replica take over from a primary that lives, and returns at once.
    public void failOver() {
        commands.getFirst().failover(NAME);
    }

    /// Waits until all sentinels call another server primary.
    public void awaitSuccessorOf(RedisProcess former) {
        await(() -> primary() != former);
    }

    /// What a server says of itself.
    public String info(RedisProcess server, String section) {
        try (var connection = client.connect(RedisURI.create(server.uri()))) {
            RedisCommands<String, String> redis = connection.sync();
            return redis.info(section);
        }
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("the sentinels do not come to that");
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        sentinels.forEach(RedisProcess::close);
        servers.forEach(RedisProcess::close);
    }
}
