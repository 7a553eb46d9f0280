package dev.baton.server.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.redis.StoreConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class EmbeddedClusterIT {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @Test
    void aClusterTakesKeysOnAllItsPrimariesAndLeavesNothingBehind() {
        List<EmbeddedRedis> nodes;
        try (EmbeddedCluster cluster = EmbeddedCluster.start(0);
                RedisConnector connector = new RedisConnector(RedisAddress.parse(cluster.uri()));
                StoreConnection store = connector.store()) {
            nodes = cluster.nodes();
            for (int i = 0; i < 30; i++) {
                byte[] key = ("key-" + i).getBytes(StandardCharsets.UTF_8);
                store.reach(key).sync().set(key, key);
                assertThat(store.sync().get(key)).isEqualTo(key);
            }
            assertThat(nodes).hasSize(3);
            assertThat(nodes).allMatch(node -> ProcessHandle.of(node.pid()).isPresent());
        }

        assertThat(nodes).noneMatch(node -> isAlive(node.pid()));
        assertThat(nodes).allSatisfy(node -> assertThat(node.dataDirectory()).doesNotExist());
    }

    @Test
    void everyPrimaryHasItsReplicas() {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(1);
                RedisConnector connector =
                        new RedisConnector(RedisAddress.parse(cluster.nodes().getFirst().uri()))) {
            String nodes = connector.connect().sync().clusterNodes();

            assertThat(cluster.nodes()).hasSize(6);
            assertThat(nodes.lines().filter(line -> line.contains("slave"))).hasSize(3);
        }
    }

    @Test
    void aKilledOwnerTakesItsNodesAlong() throws Exception {
        Process owner =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Owner.class.getName())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        List<Long> nodes =
                Arrays.stream(owner.inputReader().readLine().split(" ", -1))
                        .map(Long::parseLong)
                        .toList();
        assertThat(nodes).hasSize(3).allMatch(EmbeddedClusterIT::isAlive);

        owner.destroyForcibly();

        await().atMost(PATIENCE).until(() -> nodes.stream().noneMatch(EmbeddedClusterIT::isAlive));
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
    }

    /// A process that owns a cluster until it is killed.
    static final class Owner {
        private Owner() {}

        public static void main(String[] args) throws InterruptedException {
            StringBuilder pids = new StringBuilder();
            for (EmbeddedRedis node : EmbeddedCluster.start(0).nodes()) {
                pids.append(pids.isEmpty() ? "" : " ").append(node.pid());
            }
            System.out.println(pids);
            Thread.currentThread().join();
        }
    }
}
