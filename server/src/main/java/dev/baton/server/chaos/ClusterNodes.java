package dev.baton.server.chaos;

import dev.baton.server.embedded.EmbeddedCluster;
import dev.baton.server.embedded.EmbeddedRedis;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.KillArgs;
import io.lettuce.core.MigrateArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.codec.ByteArrayCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/// A hand on each node of an embedded cluster: which serves what, how slots are moved, how nodes die and come back. What is
/// asked of a node is not redirected. Used by one thread.
final class ClusterNodes implements AutoCloseable {

    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);
    private static final int ID = 0;
    private static final int FLAGS = 2;
    private static final int PRIMARY = 3;
    private static final int EPOCH = 6;
    private static final int SLOTS = 8;

    private final EmbeddedCluster cluster;
    private final RedisClient client = RedisClient.create();
    private final List<Node> nodes = new ArrayList<>();
    private final int primaries;

    /// One node.
    ///
    /// @param server its process
    /// @param commands go to this very node
    /// @param id its name in the cluster
    record Node(EmbeddedRedis server, RedisCommands<byte[], byte[]> commands, String id) {

        boolean alive() {
            return ProcessHandle.of(server.pid()).isPresent();
        }

        /// What the node calls itself for people.
        String name() {
            return "node " + server.port();
        }

        /// One line of what it says about replication.
        String replication(String name) {
            return commands.info("replication")
                    .lines()
                    .filter(line -> line.startsWith(name + ":"))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .findFirst()
                    .orElse("");
        }

        boolean isPrimary() {
            return replication("role").equals("master");
        }

        /// Cuts whoever copies it; those that live come back at once.
        void cutReplicas() {
            commands.clientKill(KillArgs.Builder.typeSlave());
        }

        private List<String[]> view() {
            return commands.clusterNodes().lines().map(line -> line.split(" ", -1)).toList();
        }

        private boolean serves(int slot) {
            return view().stream()
                    .filter(fields -> fields[FLAGS].contains("myself"))
                    .filter(fields -> fields[FLAGS].contains("master"))
                    .flatMap(fields -> Arrays.stream(fields).skip(SLOTS))
                    .anyMatch(range -> holds(range, slot));
        }

        private static boolean holds(String range, int slot) {
            if (range.startsWith("[")) {
                return false;
            }
            String[] ends = range.split("-", -1);
            return Integer.parseInt(ends[0]) <= slot
                    && slot <= Integer.parseInt(ends[ends.length - 1]);
        }
    }

    /// @param cluster whole, as it was started; becomes ours to close
    /// @param primaries how many of its nodes serve slots
    ClusterNodes(EmbeddedCluster cluster, int primaries) {
        this.cluster = cluster;
        this.primaries = primaries;
        client.setOptions(
                ClientOptions.builder()
                        .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                        .timeoutOptions(TimeoutOptions.enabled(ANSWER_TIMEOUT))
                        .build());
        for (EmbeddedRedis server : cluster.nodes()) {
            RedisURI uri = RedisURI.create("127.0.0.1", server.port());
            RedisCommands<byte[], byte[]> commands =
                    client.connect(ByteArrayCodec.INSTANCE, uri).sync();
            nodes.add(new Node(server, commands, commands.clusterMyId()));
        }
    }

    /// The slot of a key or channel.
    static int slotOf(String name) {
        return SlotHash.getSlot(name);
    }

    /// Who serves a slot, as those say that live.
    ///
    /// @throws IllegalStateException if nobody does
    Node primaryOf(int slot) {
        for (Node node : nodes) {
            if (node.alive() && node.serves(slot)) {
                return node;
            }
        }
        throw new IllegalStateException("nobody serves slot " + slot);
    }

    /// Whether a slot is served by another than a node that went away.
    boolean replaced(Node gone, int slot) {
        return nodes.stream()
                .anyMatch(node -> !node.id.equals(gone.id) && node.alive() && node.serves(slot));
    }

    /// Another primary than this one.
    Node another(Node than, SplittableRandom dice) {
        List<Node> others =
                nodes.stream()
                        .filter(node -> !node.id.equals(than.id) && node.isPrimary())
                        .toList();
        return others.get(dice.nextInt(others.size()));
    }

    /// Those that copy a primary.
    List<Node> replicasOf(Node primary) {
        Set<String> ids = new HashSet<>();
        for (String[] fields : primary.view()) {
            if (fields[PRIMARY].equals(primary.id)) {
                ids.add(fields[ID]);
            }
        }
        return nodes.stream().filter(node -> ids.contains(node.id)).toList();
    }

    /// Opens a slot for its move: keys that are not at the old node any more are looked for at the new one.
    void open(int slot, Node from, Node to) {
        to.commands.clusterSetSlotImporting(slot, from.id);
        from.commands.clusterSetSlotMigrating(slot, to.id);
    }

    long keysIn(int slot, Node node) {
        return node.commands.clusterCountKeysInSlot(slot);
    }

    /// Moves one key of an open slot, if there is any.
    void moveOne(int slot, Node from, Node to) {
        for (byte[] key : from.commands.clusterGetKeysInSlot(slot, 1)) {
            from.commands.migrate(
                    "127.0.0.1",
                    to.server.port(),
                    0,
                    ANSWER_TIMEOUT.toMillis(),
                    MigrateArgs.Builder.keys(List.of(key)));
        }
    }

    /// Gives an open and emptied slot to its new node. It may not move again before all have heard of it: see [#agree].
    void give(int slot, Node to) {
        to.commands.clusterSetSlotNode(slot, to.id);
        for (Node node : nodes) {
            if (!node.id.equals(to.id) && node.isPrimary()) {
                node.commands.clusterSetSlotNode(slot, to.id);
            }
        }
    }

    /// Whether all nodes live and say the same about who serves what.
    boolean agree() {
        return nodes.stream().allMatch(Node::alive)
                && nodes.stream().map(ClusterNodes::view).distinct().count() == 1;
    }

    private static Set<String> view(Node node) {
        Set<String> view = new HashSet<>();
        for (String[] fields : node.view()) {
            String flags = fields[FLAGS].replace("myself,", "");
            String epoch = flags.contains("slave") ? "" : fields[EPOCH];
            view.add(
                    String.join(" ", fields[ID], flags, fields[PRIMARY], epoch)
                            + List.of(fields).subList(SLOTS, fields.length));
        }
        return view;
    }

    /// Whether nothing is left of a fault: all agree, every slot is served, and every replica has what its primary has.
    boolean whole() {
        try {
            return agree()
                    && nodes.stream().filter(Node::isPrimary).count() == primaries
                    && nodes.stream()
                            .allMatch(
                                    node ->
                                            node.commands.clusterInfo().contains("cluster_state:ok")
                                                    && (node.isPrimary()
                                                            || node.replication(
                                                                            "master_link_status")
                                                                    .equals("up")));
        } catch (RedisException e) {
            return false;
        }
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        cluster.close();
    }
}
