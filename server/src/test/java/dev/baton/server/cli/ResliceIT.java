package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.embedded.EmbeddedRedis;
import dev.baton.slice.PipelineBooks;
import dev.baton.slice.SliceKeys;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// The number of slices is changed by the command, with every role a process of its own.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ResliceIT {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String STREAM = "messages:processed";
    private static final int PER_SECOND = 2_000;

    private final EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedis.Options.temporary());
    private final RedisConnector connector = new RedisConnector(RedisAddress.parse(redis.uri()));
    private final StatefulRedisConnection<byte[], byte[]> client = connector.connect();
    private final AtomicInteger published = new AtomicInteger();
    private final AtomicBoolean over = new AtomicBoolean();

    @AfterAll
    void stop() {
        client.close();
        connector.close();
        redis.close();
    }

    @Test
    void theLeaderOfSliceZeroIsKilledWhileTheNumberChangesAndNothingIsLostOrRepeated()
            throws Exception {
        try (BatonProcess a = role("dispatcher", "a", 2);
                BatonProcess worker = role("worker", "w2", 2)) {
            a.awaitSaid("leads " + STREAM + ":0");
            worker.awaitSaid("joined " + STREAM + ":1");
            try (BatonProcess b = role("dispatcher", "b", 2)) {
                b.awaitSaid("in sync from");
                b.awaitSaid("leads " + STREAM + ":1");
                Thread publishing = Thread.ofPlatform().start(this::publish);
                try {
                    change(a, b, worker);
                } finally {
                    over.set(true);
                    publishing.join();
                }
            }
        }
        check();
    }

    private void change(BatonProcess a, BatonProcess b, BatonProcess worker) throws Exception {
        awaitPublished();
        try (BatonProcess reslice = reslice("--slices", "2", "--to", "3")) {
            await().atMost(PATIENCE).until(() -> field(0, "ends") != null);
            try (BatonProcess other = reslice("--slices", "2", "--to", "5")) {
                assertThat(other.end()).as(other.said()).isNotZero();
            }
            awaitPublished();
            try (BatonProcess next = role("dispatcher", "c", 3);
                    BatonProcess fresh = role("worker", "w3", 3)) {
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> field(0, "ready") != null);
                a.signal("KILL");
                assertThat(reslice.end()).as(reslice.said() + next.said() + b.said()).isZero();
                assertThat(reslice.printed())
                        .contains("start dispatchers and workers with --slices 3")
                        .contains("done: stream '" + STREAM + "' has 3 slices");
                assertThat(b.end()).as(b.said()).isNotZero();
                assertThat(b.said()).contains("give it --slices 3");
                worker.signal("TERM");
                assertThat(worker.end()).as(worker.said()).isZero();
                awaitPublished();
                over.set(true);
                await().atMost(PATIENCE).until(() -> out() >= published.get());
                next.signal("TERM");
                assertThat(next.end()).as(next.said()).isZero();
                fresh.signal("TERM");
                assertThat(fresh.end()).as(fresh.said()).isZero();
            }
        }
    }

    private void check() {
        List<String> ids = new ArrayList<>();
        List<String> positions = new ArrayList<>();
        List<Long> millis = new ArrayList<>();
        for (SliceKeys keys : SliceKeys.of(STREAM, 3)) {
            for (StreamMessage<byte[], byte[]> entry :
                    client.sync().xrange(bytes(keys.stream()), Range.unbounded())) {
                millis.add(Long.parseLong(entry.getId().split("-", 2)[0]));
                entry.getBody()
                        .forEach(
                                (name, value) -> {
                                    switch (text(name)) {
                                        case "message_id" -> ids.add(text(value));
                                        case "position" -> positions.add(text(value));
                                        default -> {}
                                    }
                                });
            }
            assertThat(client.sync().xlen(bytes("{" + keys.stream() + "}:gaps"))).isZero();
        }
        assertThat(ids).hasSize(published.get()).doesNotHaveDuplicates();
        assertThat(positions).hasSize(published.get()).doesNotHaveDuplicates();
        try (PipelineBooks books = PipelineBooks.open(connector, SliceKeys.of(STREAM, 3))) {
            assertThat(books.read().balanced()).isTrue();
        }
        millis.sort(null);
        long longest = 0;
        for (int i = 1; i < millis.size(); i++) {
            longest = Math.max(longest, millis.get(i) - millis.get(i - 1));
        }
        System.out.printf(
                "reslicing 2 to 3, leader of slice 0 killed: %d messages, longest time without output %d ms%n",
                published.get(), longest);
    }

    private void publish() {
        long began = System.nanoTime();
        while (!over.get()) {
            String message = "{\"message_id\":\"m-" + published.get() + "\",\"text\":\"hello\"}";
            client.sync().publish(bytes("messages:published"), bytes(message));
            long due = began + published.incrementAndGet() * (1_000_000_000L / PER_SECOND);
            LockSupport.parkNanos(Math.max(0, due - System.nanoTime()));
        }
    }

    private void awaitPublished() {
        int before = published.get();
        await().atMost(PATIENCE).until(() -> published.get() >= before + PER_SECOND);
    }

    private long out() {
        long out = 0;
        for (SliceKeys keys : SliceKeys.of(STREAM, 3)) {
            out += client.sync().xlen(bytes(keys.stream()));
        }
        return out;
    }

    private @Nullable String field(int slice, String name) {
        byte[] value =
                client.sync().hget(bytes("{" + STREAM + ":" + slice + "}:lead"), bytes(name));
        return value == null ? null : text(value);
    }

    private BatonProcess role(String command, String id, int slices) throws IOException {
        return BatonProcess.start(
                command,
                "--redis",
                redis.uri(),
                "--id",
                id,
                "--slices",
                Integer.toString(slices),
                "--report",
                "0s");
    }

    private BatonProcess reslice(String... options) throws IOException {
        List<String> args = new ArrayList<>(List.of("reslice", "--redis", redis.uri()));
        args.addAll(List.of(options));
        return BatonProcess.start(args.toArray(String[]::new));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
