package dev.baton.server.embedded;

import io.lettuce.core.Range;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.SlotHash;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// A running Redis Cluster that belongs to this process: three primaries on the loopback address, and replicas of each if
/// wanted. Each node is an [EmbeddedRedis], so none outlives us.
public final class EmbeddedCluster implements AutoCloseable {

    private static final int PRIMARIES = 3;

    /// More nodes of one process would only be in each other's way.
    public static final int MAX_REPLICAS = 3;

    private static final Duration FORM_TIMEOUT = Duration.ofSeconds(30);
    private static final long LOOK_MILLIS = 20;

    /// How long a primary stays away before its replica takes its place.
    private static final String NODE_TIMEOUT_MILLIS = "2000";

    private final List<EmbeddedRedis> nodes = new ArrayList<>();

    private EmbeddedCluster() {}

    /// Starts the nodes, has them form a cluster, and waits until all of them say that it is whole.
    ///
    /// @param replicas of each primary, 0 to [#MAX_REPLICAS]
    /// @throws java.io.UncheckedIOException if a server does not start
    /// @throws IllegalStateException if they do not come together
    public static EmbeddedCluster start(int replicas) {
        if (replicas < 0 || replicas > MAX_REPLICAS) {
            throw new IllegalArgumentException("0 to " + MAX_REPLICAS + " replicas");
        }
        EmbeddedCluster cluster = new EmbeddedCluster();
        try {
            for (int i = 0; i < PRIMARIES * (1 + replicas); i++) {
                cluster.nodes.add(
                        EmbeddedRedis.start(
                                EmbeddedRedis.Options.ofClusterNode(
                                        List.of("cluster-node-timeout", NODE_TIMEOUT_MILLIS))));
            }
            cluster.form();
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private void form() {
        RedisClient client = RedisClient.create();
        try {
            List<RedisCommands<String, String>> members = new ArrayList<>();
            for (EmbeddedRedis node : nodes) {
                StatefulRedisConnection<String, String> connection =
                        client.connect(RedisURI.create("127.0.0.1", node.port()));
                members.add(connection.sync());
            }
            introduce(members);
            for (int i = 0; i < PRIMARIES; i++) {
                giveSlots(members.get(i), i);
            }
            await(members, member -> member.clusterInfo().contains("cluster_state:ok"));
            for (int i = PRIMARIES; i < members.size(); i++) {
                members.get(i).clusterReplicate(members.get(i % PRIMARIES).clusterMyId());
            }
            await(members, member -> follows(member) && sees(member, members.size() - PRIMARIES));
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        }
    }

    /// Everybody meets the first node and learns of the others from it. Epochs differ from the start, so that nobody has to
    /// settle whose word about a slot is newer.
    private void introduce(List<RedisCommands<String, String>> members) {
        for (int i = 0; i < members.size(); i++) {
            members.get(i).clusterSetConfigEpoch(i + 1);
            if (i > 0) {
                members.get(i).clusterMeet("127.0.0.1", nodes.getFirst().port());
            }
        }
        String all = "cluster_known_nodes:" + members.size() + "\r";
        await(members, member -> member.clusterInfo().contains(all));
    }

    @SuppressWarnings("unchecked")
    private static void giveSlots(RedisCommands<String, String> member, int share) {
        int from = SlotHash.SLOT_COUNT * share / PRIMARIES;
        int to = SlotHash.SLOT_COUNT * (share + 1) / PRIMARIES - 1;
        member.clusterAddSlotsRange(Range.create(from, to));
    }

    /// Whether a replica has its primary's data; a primary has its own.
    private static boolean follows(RedisCommands<String, String> member) {
        String replication = member.info("replication");
        return replication.contains("role:master") || replication.contains("master_link_status:up");
    }

    private static boolean sees(RedisCommands<String, String> member, int replicas) {
        return member.clusterNodes().lines().filter(line -> line.contains("slave")).count()
                == replicas;
    }

    private static void await(
            List<RedisCommands<String, String>> members,
            Predicate<RedisCommands<String, String>> condition) {
        long deadline = System.nanoTime() + FORM_TIMEOUT.toNanos();
        for (RedisCommands<String, String> member : members) {
            while (!condition.test(member)) {
                if (System.nanoTime() - deadline > 0) {
                    throw new IllegalStateException(
                            "the embedded nodes did not form a cluster within "
                                    + FORM_TIMEOUT.toSeconds()
                                    + " s; one of them says: "
                                    + member.clusterInfo().lines().findFirst().orElse("nothing"));
                }
                pause();
            }
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a cluster formed", e);
        }
    }

    /// Addresses of all nodes, as `--redis` takes them.
    public String uri() {
        return nodes.stream()
                .map(node -> "127.0.0.1:" + node.port())
                .collect(Collectors.joining(",", "redis-cluster://", ""));
    }

    /// The nodes, primaries first.
    public List<EmbeddedRedis> nodes() {
        return List.copyOf(nodes);
    }

    /// Stops all nodes.
    @Override
    public void close() {
        nodes.forEach(EmbeddedRedis::close);
    }
}
