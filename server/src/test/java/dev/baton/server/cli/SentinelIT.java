package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.server.embedded.EmbeddedRedis;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Commands that are told of a sentinel.
class SentinelIT {

    /// Arguments: the binary, its options. The sentinel ends with this JVM, however that ends.
    private static final String SHELL =
            """
            "$@" >/dev/null 2>&1 &
            pid=$!
            cat >/dev/null
            kill -9 $pid
            """;

    @Test
    void rolesPublishStatusAndAuditFindThePrimaryByASentinel(@TempDir Path folder)
            throws Exception {
        Path ids = Files.write(folder.resolve("ids"), List.of("a", "b", "c"));
        try (EmbeddedRedis primary = EmbeddedRedis.start(EmbeddedRedis.Options.temporary())) {
            int port = freePort();
            Process sentinel = sentinel(primary, port, folder);
            String uri = "redis-sentinel://127.0.0.1:1,127.0.0.1:" + port + "/2#the-first";
            try (BatonProcess dispatcher =
                            BatonProcess.start("dispatcher", "--redis", uri, "--report", "0s");
                    BatonProcess worker =
                            BatonProcess.start("worker", "--store", uri, "--id", "w")) {
                dispatcher.awaitSaid("leads messages:processed");
                worker.awaitSaid("joined messages:processed");
                try (BatonProcess publish = BatonProcess.start("publish", "--source", uri)) {
                    for (String id : Files.readAllLines(ids)) {
                        publish.type("{\"message_id\":\"" + id + "\"}\n");
                    }
                    publish.endInput();
                    assertThat(publish.end()).as(publish.said()).isZero();
                }
                awaitAudit(uri, ids);
                try (BatonProcess status =
                        BatonProcess.start("status", "--redis", uri, "--exit-code")) {
                    assertThat(status.end()).as(status.said()).isZero();
                    assertThat(status.printed())
                            .containsPattern("stream_entries +3")
                            .contains("127.0.0.1:" + primary.port());
                }
                assertThat(dispatcher.said()).doesNotContain("Cannot connect Redis Sentinel");
            } finally {
                sentinel.getOutputStream().close();
                sentinel.waitFor();
            }
        }
    }

    @Test
    void whatIsWrongIsSaidInOneLine() throws Exception {
        try (BatonProcess away =
                        BatonProcess.start("status", "--redis", "redis-sentinel://127.0.0.1:1#m");
                BatonProcess nameless =
                        BatonProcess.start(
                                "config", "validate", "--redis", "redis-sentinel://u:hush@h:1");
                BatonProcess fine =
                        BatonProcess.start(
                                "config", "validate", "--redis", "redis-sentinel://u:hush@h#m")) {
            assertThat(away.end()).isEqualTo(69);
            assertThat(away.said().lines())
                    .hasSize(1)
                    .first()
                    .asString()
                    .contains("no sentinel answers")
                    .contains("refused");
            assertThat(nameless.end()).isEqualTo(78);
            assertThat(nameless.said()).contains("#name").doesNotContain("hush");
            assertThat(fine.end()).isZero();
            assertThat(fine.said())
                    .contains("dispatcher on redis-sentinel://h:26379#m")
                    .doesNotContain("hush");
        }
    }

    private static Process sentinel(EmbeddedRedis primary, int port, Path folder)
            throws IOException {
        Path settings =
                Files.writeString(
                        folder.resolve("sentinel.conf"),
                        "sentinel monitor the-first 127.0.0.1 " + primary.port() + " 1\n");
        String binary =
                ProcessHandle.of(primary.pid()).flatMap(h -> h.info().command()).orElseThrow();
        return new ProcessBuilder(
                        "sh",
                        "-c",
                        SHELL,
                        "sh",
                        binary,
                        settings.toString(),
                        "--sentinel",
                        "--port",
                        Integer.toString(port),
                        "--bind",
                        "127.0.0.1",
                        "--dir",
                        folder.toString())
                .start();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
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
