package dev.baton.server.chaos;

import dev.baton.server.chaos.ClusterNodes.Node;
import io.lettuce.core.RedisException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// What is done to the nodes and slots of a cluster. Every fault returns only when its cause is gone; the consequences may
/// last.
final class ClusterFaults {

    /// Until a replica has taken over: the others miss its primary for two seconds and vote, and clients hear of it.
    static final Duration FAIL_OVER = Duration.ofSeconds(5);

    /// How long a replica has no link to its primary before that is killed; shorter than what makes it unfit to take over.
    static final Duration LAG = Duration.ofMillis(700);

    /// How long commits stand still for a slot that moves, its workers with it.
    static final Duration MOVE = Duration.ofSeconds(3);

    /// How long lanes fill up.
    private static final Duration FILL = Duration.ofMillis(300);

    /// So long keys of one slot lie on two nodes.
    private static final Duration UNDER_WAY = Duration.ofMillis(600);

    private ClusterFaults() {}

    /// The primary of a slice or of the channel, whichever chance says.
    static String killPrimary(Ground ground, SplittableRandom dice) throws InterruptedException {
        List<String> names = new ArrayList<>(ground.streams());
        names.add(ground.channel());
        int slot = ClusterNodes.slotOf(Chance.any(names, dice));
        Node victim = ground.nodes().primaryOf(slot);
        victim.server().kill();
        return victim.name() + " killed" + replaced(ground, victim, slot);
    }

    /// What the primary wrote while its replicas had no link dies with it.
    static String lostTail(Ground ground, SplittableRandom dice) throws InterruptedException {
        ClusterNodes nodes = ground.nodes();
        int slot = ClusterNodes.slotOf(awayFromChannel(ground, dice));
        Node victim = nodes.primaryOf(slot);
        List<Node> replicas = nodes.replicasOf(victim);
        long written;
        replicas.forEach(replica -> Signals.send("STOP", replica.server().pid()));
        try {
            victim.cutReplicas();
            ground.sleep(LAG);
            written = offset(victim);
            victim.server().kill();
        } finally {
            replicas.forEach(replica -> Signals.send("CONT", replica.server().pid()));
        }
        long copied = replicas.stream().mapToLong(ClusterFaults::offset).max().orElse(0);
        String replaced = replaced(ground, victim, slot);
        if (copied >= written) {
            throw new IllegalStateException("nothing was lost: the replica had " + copied);
        }
        return "%s killed, %d bytes of its writes lost%s"
                .formatted(victim.name(), written - copied, replaced);
    }

    private static long offset(Node node) {
        return Long.parseLong(node.replication("master_repl_offset"));
    }

    /// The stream of a slice whose primary is not the channel's, if there is one.
    private static String awayFromChannel(Ground ground, SplittableRandom dice) {
        ClusterNodes nodes = ground.nodes();
        String listening = nodes.primaryOf(ClusterNodes.slotOf(ground.channel())).id();
        List<String> away =
                ground.streams().stream()
                        .filter(
                                stream ->
                                        !nodes.primaryOf(ClusterNodes.slotOf(stream))
                                                .id()
                                                .equals(listening))
                        .toList();
        return Chance.any(away.isEmpty() ? ground.streams() : away, dice);
    }

    /// Waits for the successor before the dead comes back, for it comes back empty.
    private static String replaced(Ground ground, Node victim, int slot)
            throws InterruptedException {
        ClusterNodes nodes = ground.nodes();
        long began = System.nanoTime();
        ground.await(() -> nodes.replaced(victim, slot), "a replica to take over");
        long millis = Duration.ofNanos(System.nanoTime() - began).toMillis();
        boolean listenedAt = ground.listensAt(victim.server().port());
        if (listenedAt) {
            ground.noteLoss();
            ground.followSource();
        }
        ground.sleep(ground.settings().restartAfter());
        victim.server().restart();
        return ", replaced after "
                + millis
                + " ms"
                + (listenedAt ? "; all had listened there" : "");
    }

    /// Lanes are full while workers stand still, and all but empty while they run.
    static String moveSlot(Ground ground, SplittableRandom dice) throws InterruptedException {
        String stream = Chance.any(ground.streams(), dice);
        int slot = ClusterNodes.slotOf(stream);
        Node from = ground.nodes().primaryOf(slot);
        Node to = ground.nodes().another(from, dice);
        // A key moves as a whole, and both nodes stand still meanwhile: nobody moves a stream as
        // long
        // as this.
        ground.trim(stream);
        List<Child> workers = ground.fleet().workers();
        long full;
        workers.forEach(Child::pause);
        try {
            ground.sleep(FILL);
            full = ground.backlog(stream);
            move(ground, slot, from, to);
        } finally {
            workers.forEach(Child::resume);
        }
        ground.awaitWhole();
        ground.await(() -> ground.backlog(stream) < full, "workers to go on");
        move(ground, slot, to, from);
        return "slot %d of %s to %s with %d in lanes, and back"
                .formatted(slot, stream, to.name(), full);
    }

    static String moveChannel(Ground ground, SplittableRandom dice) throws InterruptedException {
        int slot = ClusterNodes.slotOf(ground.channel());
        Node from = ground.nodes().primaryOf(slot);
        Node to = ground.nodes().another(from, dice);
        move(ground, slot, from, to);
        ground.followSource();
        return "slot %d from %s to %s".formatted(slot, from.name(), to.name());
    }

    /// One key at a time, so that for a while keys lie on both nodes.
    private static void move(Ground ground, int slot, Node from, Node to)
            throws InterruptedException {
        ClusterNodes nodes = ground.nodes();
        nodes.open(slot, from, to);
        Duration pause = UNDER_WAY.dividedBy(Math.max(1, nodes.keysIn(slot, from)));
        long deadline = System.nanoTime() + MOVE.multipliedBy(3).toNanos();
        while (nodes.keysIn(slot, from) > 0) {
            try {
                nodes.moveOne(slot, from, to);
            } catch (RedisException e) {
                if (System.nanoTime() - deadline > 0) {
                    throw e;
                }
            }
            ground.sleep(pause);
        }
        nodes.give(slot, to);
        ground.await(nodes::agree, "all nodes to agree about a slot that moved");
    }
}
