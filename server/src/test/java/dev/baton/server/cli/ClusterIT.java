package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.server.embedded.EmbeddedCluster;
import dev.baton.server.embedded.EmbeddedRedis;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands on a cluster.
class ClusterIT {

    @Test
    void runMakesAClusterPublishesProcessesAndBalances() throws Exception {
        try (BatonProcess run =
                BatonProcess.start("run", "--cluster", "--rate", "500", "--duration", "3s")) {
            assertThat(run.end()).as(run.said()).isZero();
            assertThat(run.said())
                    .contains("is a cluster at redis-cluster://127.0.0.1:")
                    .contains("one node of a cluster: publish there")
                    .containsPattern("books balance +yes")
                    .containsPattern("in flight +0\n");
        }
    }

    @Test
    void rolesPublishStatusAndAuditFindTheClusterByOneNode(@TempDir Path folder) throws Exception {
        Path ids = Files.write(folder.resolve("ids"), List.of("a", "b", "c"));
        try (EmbeddedCluster cluster = EmbeddedCluster.start(0)) {
            String plain = cluster.nodes().getLast().uri();
            try (BatonProcess dispatcher =
                            BatonProcess.start("dispatcher", "--redis", plain, "--report", "0s");
                    BatonProcess worker =
                            BatonProcess.start("worker", "--redis", cluster.uri(), "--id", "w")) {
                dispatcher.awaitSaid("leads messages:processed");
                worker.awaitSaid("joined messages:processed");
                try (BatonProcess publish = BatonProcess.start("publish", "--redis", plain)) {
                    for (String id : Files.readAllLines(ids)) {
                        publish.type("{\"message_id\":\"" + id + "\"}\n");
                    }
                    publish.endInput();
                    assertThat(publish.end()).as(publish.said()).isZero();
                }
                awaitAudit(cluster.uri(), ids);
                try (BatonProcess status =
                        BatonProcess.start("status", "--redis", plain, "--exit-code")) {
                    assertThat(status.end()).as(status.said()).isZero();
                    assertThat(status.printed()).containsPattern("stream_entries +3");
                }
            }
        }
    }

    @Test
    void aClusterThatIsAwayIsNamedInOneLine() throws Exception {
        try (BatonProcess status =
                BatonProcess.start("status", "--redis", "redis-cluster://127.0.0.1:1")) {
            assertThat(status.end()).isEqualTo(69);
            assertThat(status.said().lines()).hasSize(1).first().asString().contains("refused");
        }
    }

    @Test
    void aSingleServerGivenAsAClusterIsSaidToBeNone() throws Exception {
        try (EmbeddedRedis single = EmbeddedRedis.start(EmbeddedRedis.Options.temporary());
                BatonProcess status =
                        BatonProcess.start(
                                "status",
                                "--redis",
                                "redis-cluster://127.0.0.1:" + single.port())) {
            assertThat(status.end()).isEqualTo(69);
            assertThat(status.said()).contains("it is no Redis Cluster");
        }
    }

    private static void awaitAudit(String uri, Path ids) throws Exception {
        int code = 1;
        for (int attempt = 0; attempt < 10 && code != 0; attempt++) {
            try (BatonProcess audit =
                    BatonProcess.start("audit", "--redis", uri, "--published", ids.toString())) {
                code = audit.end();
            }
        }
        assertThat(code).isZero();
    }
}
