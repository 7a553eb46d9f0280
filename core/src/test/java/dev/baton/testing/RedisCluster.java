package dev.baton.testing;

import io.lettuce.core.MigrateArgs;
import io.lettuce.core.Range;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.codec.ByteArrayCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A real cluster for one test class: primaries on free ports of the loopback address, a replica for each if wanted.
public final class RedisCluster implements AutoCloseable {

    private static final int PRIMARIES = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int MIGRATE_TIMEOUT_MILLIS = 5_000;

    private final RedisClient client = RedisClient.create();
    private final List<Node> nodes = new ArrayList<>();

    /// One node.
    ///
    /// @param process the server
    /// @param commands go to this node and are not redirected
    /// @param id its name in the cluster
    public record Node(RedisProcess process, RedisCommands<byte[], byte[]> commands, String id) {

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Node node && node.id.equals(id);
        }

        @Override
        public int hashCode() {
            return id.hashCode();
        }

        private String address() {
            return "127.0.0.1:" + process.port();
        }
    }

    private RedisCluster() {}

    /// Starts three primaries.
    ///
    /// @param replicas of each primary
    /// @param options more of the servers' own options
    public static RedisCluster start(int replicas, String... options) {
        RedisCluster cluster = new RedisCluster();
        List<String> all =
                new ArrayList<>(
                        List.of("--cluster-enabled", "yes", "--cluster-node-timeout", "1500"));
        all.addAll(List.of(options));
        for (int i = 0; i < PRIMARIES * (1 + replicas); i++) {
            cluster.add(RedisProcess.start(all.toArray(String[]::new)));
        }
        cluster.form();
        return cluster;
    }

    private void add(RedisProcess process) {
        RedisCommands<byte[], byte[]> commands =
                client.connect(
                                ByteArrayCodec.INSTANCE,
                                RedisURI.create("127.0.0.1", process.port()))
                        .sync();
        nodes.add(new Node(process, commands, commands.clusterMyId()));
    }

    @SuppressWarnings("unchecked")
    private void form() {
        Node first = nodes.getFirst();
        for (int i = 0; i < nodes.size(); i++) {
            Node node = nodes.get(i);
            node.commands.clusterSetConfigEpoch(i + 1);
            if (!node.equals(first)) {
                node.commands.clusterMeet("127.0.0.1", first.process.port());
            }
        }
        for (int i = 0; i < PRIMARIES; i++) {
            int from = SlotHash.SLOT_COUNT * i / PRIMARIES;
            int to = SlotHash.SLOT_COUNT * (i + 1) / PRIMARIES - 1;
            nodes.get(i).commands.clusterAddSlotsRange(Range.create(from, to));
        }
        await(() -> nodes.stream().allMatch(node -> knows(node, nodes.size())));
        for (int i = PRIMARIES; i < nodes.size(); i++) {
            nodes.get(i).commands.clusterReplicate(nodes.get(i % PRIMARIES).id);
        }
        await(() -> nodes.stream().allMatch(this::settled));
    }

    private static boolean knows(Node node, int count) {
        return node.commands.clusterInfo().contains("cluster_known_nodes:" + count + "\r");
    }

    private boolean settled(Node node) {
        String replication = node.commands.info("replication");
        return node.commands.clusterInfo().contains("cluster_state:ok")
                && (!replication.contains("role:slave")
                        || replication.contains("master_link_status:up"))
                && node.commands.clusterNodes().lines().filter(l -> l.contains("slave")).count()
                        == nodes.size() - PRIMARIES;
    }

    /// Addresses of all nodes.
    public String uri() {
        return nodes.stream()
                .map(Node::address)
                .collect(Collectors.joining(",", "redis-cluster://", ""));
    }

    /// All nodes, the first primaries first.
    public List<Node> nodes() {
        return List.copyOf(nodes);
    }

    /// The node that serves a key's slot, as those say that live.
    public Node owner(String key) {
        int slot = SlotHash.getSlot(key);
        for (Node node : nodes) {
            if (node.process.alive()
                    && node.commands.info("replication").contains("role:master")
                    && node.commands.clusterNodes().lines().anyMatch(l -> servesItself(l, slot))) {
                return node;
            }
        }
        throw new IllegalStateException("nobody serves slot " + slot);
    }

    private static boolean servesItself(String line, int slot) {
        String[] fields = line.split(" ", -1);
        if (!fields[2].contains("myself") || !fields[2].contains("master")) {
            return false;
        }
        for (int i = 8; i < fields.length; i++) {
            String[] range = fields[i].split("-", -1);
            if (!fields[i].startsWith("[")
                    && Integer.parseInt(range[0]) <= slot
                    && slot <= Integer.parseInt(range[range.length - 1])) {
                return true;
            }
        }
        return false;
    }

    /// The name of a stream whose slot a primary serves.
    public String streamAt(Node primary) {
        int stream = 0;
        while (!owner("out-" + stream).equals(primary)) {
            stream++;
        }
        return "out-" + stream;
    }

    /// A primary that does not serve a key's slot.
    public Node other(String key) {
        Node owner = owner(key);
        return nodes.stream()
                .limit(PRIMARIES)
                .filter(node -> !node.equals(owner))
                .findFirst()
                .orElseThrow();
    }

    /// Opens a slot for its move: keys that are not at the old node any more are looked for at the new one.
    public void open(int slot, Node from, Node to) {
        to.commands.clusterSetSlotImporting(slot, from.id);
        from.commands.clusterSetSlotMigrating(slot, to.id);
    }

    /// Moves keys of an open slot, at most so many.
    public void moveKeys(int slot, Node from, Node to, int most) {
        for (byte[] key : from.commands.clusterGetKeysInSlot(slot, most)) {
            moveKey(key, from, to);
        }
    }

    /// Moves one key of an open slot.
    public void moveKey(byte[] key, Node from, Node to) {
        from.commands.migrate(
                "127.0.0.1",
                to.process.port(),
                0,
                MIGRATE_TIMEOUT_MILLIS,
                MigrateArgs.Builder.keys(List.of(key)));
    }

    /// Gives an open and emptied slot to its new node, and waits until all nodes have heard of it: the slot may not move
    /// again before.
    public void give(int slot, Node to) {
        to.commands.clusterSetSlotNode(slot, to.id);
        for (Node node : nodes) {
            if (!node.equals(to) && node.commands.info("replication").contains("role:master")) {
                node.commands.clusterSetSlotNode(slot, to.id);
            }
        }
        await(() -> nodes.stream().map(RedisCluster::view).distinct().count() == 1);
    }

    /// Who serves what, and since which epoch, as one node sees it.
    private static Set<String> view(Node node) {
        return node.commands
                .clusterNodes()
                .lines()
                .map(line -> line.split(" ", -1))
                .map(fields -> fields[0] + fields[6] + List.of(fields).subList(8, fields.length))
                .collect(Collectors.toSet());
    }

    /// Takes the keys of an open slot back and closes it.
    public void cancel(int slot, Node from, Node to) {
        from.commands.clusterSetSlotStable(slot);
        while (to.commands.clusterCountKeysInSlot(slot) > 0) {
            moveKeys(slot, to, from, 100);
        }
        to.commands.clusterSetSlotStable(slot);
    }

    /// Moves a slot with all that is in it.
    public void move(int slot, Node from, Node to) {
        open(slot, from, to);
        while (from.commands.clusterCountKeysInSlot(slot) > 0) {
            moveKeys(slot, from, to, 100);
        }
        give(slot, to);
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the cluster does not form");
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        nodes.forEach(node -> node.process.close());
    }
}
