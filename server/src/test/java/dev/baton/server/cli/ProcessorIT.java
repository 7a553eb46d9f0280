package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.embedded.EmbeddedRedis;
import dev.baton.server.processor.JavaSources;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Workers as processes with processors of their own, from the channel to the stream.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProcessorIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedis.Options.temporary());
    private final RedisConnector connector = new RedisConnector(RedisAddress.parse(redis.uri()));

    @AfterAll
    void stop() {
        connector.close();
        redis.close();
    }

    @Test
    void theExamplePluginStampsWhatGoesIntoTheStream(@TempDir Path folder) throws Exception {
        Path jar = JavaSources.stampJar(folder);

        List<Map<String, String>> entries =
                through(
                        "stamped",
                        "--plugins",
                        jar.toString(),
                        "--processor",
                        "stamp",
                        "--set",
                        "region=north");

        assertThat(entries)
                .hasSize(100)
                .allSatisfy(
                        entry ->
                                assertThat(entry)
                                        .containsEntry("region", "north")
                                        .containsKeys("message_id", "position"));
    }

    @Test
    void anExpressionShapesWhatGoesIntoTheStream() throws Exception {
        List<Map<String, String>> entries =
                through(
                        "shaped",
                        "--processor",
                        "jsonata",
                        "--concurrency",
                        "4",
                        "--jsonata",
                        "{\"id\": message_id, \"length\": $length(data)}");

        assertThat(entries)
                .hasSize(100)
                .allSatisfy(
                        entry ->
                                assertThat(entry.get("payload"))
                                        .isEqualTo(
                                                "{\"id\":\""
                                                        + entry.get("message_id")
                                                        + "\",\"length\":50}"));
    }

    private List<Map<String, String>> through(String stream, String... options) throws Exception {
        try (BatonProcess worker = baton("worker", stream, options);
                BatonProcess dispatcher = baton("dispatcher", stream, "--channel", stream)) {
            worker.awaitSaid("joined");
            dispatcher.awaitSaid("leads " + stream);
            try (StatefulRedisConnection<byte[], byte[]> client = connector.connect()) {
                for (int i = 0; i < 100; i++) {
                    client.sync()
                            .publish(
                                    bytes(stream),
                                    bytes(
                                            "{\"message_id\":\"m-%d\",\"data\":\"%s\"}"
                                                    .formatted(i, "x".repeat(50))));
                }
                await().atMost(PATIENCE).until(() -> client.sync().xlen(bytes(stream)) == 100);
                worker.signal("TERM");
                assertThat(worker.end()).as(worker.said()).isZero();
                return client.sync().xrange(bytes(stream), Range.unbounded()).stream()
                        .map(ProcessorIT::fields)
                        .toList();
            }
        }
    }

    private BatonProcess baton(String command, String stream, String... options) throws Exception {
        List<String> args =
                new ArrayList<>(List.of(command, "--stream", stream, "--redis", redis.uri()));
        args.addAll(List.of(options));
        return BatonProcess.start(args.toArray(String[]::new));
    }

    private static Map<String, String> fields(StreamMessage<byte[], byte[]> entry) {
        Map<String, String> fields = new TreeMap<>();
        entry.getBody().forEach((name, value) -> fields.put(text(name), text(value)));
        return fields;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
