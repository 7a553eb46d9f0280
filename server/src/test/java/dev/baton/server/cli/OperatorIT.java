package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.MessageProcessor;
import dev.baton.Outcome;
import dev.baton.pipeline.Pipeline;
import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.embedded.EmbeddedRedis;
import dev.baton.slice.Books;
import dev.baton.slice.SliceBooks;
import dev.baton.slice.WorkerBooks;
import dev.baton.worker.Worker;
import dev.baton.worker.WorkerSettings;
import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.XAddArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What an operator looks at, and has a worker do.
class OperatorIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String STREAM = "messages:processed";

    private EmbeddedRedis redis;
    private RedisConnector connector;
    private StatefulRedisConnection<byte[], byte[]> client;

    private record Done(int exit, String out, String err) {}

    @BeforeEach
    void start() {
        redis = EmbeddedRedis.start(EmbeddedRedis.Options.temporary());
        connector = new RedisConnector(RedisAddress.parse(redis.uri()));
        client = connector.connect();
    }

    @AfterEach
    void stop() {
        client.close();
        connector.close();
        redis.close();
    }

    @Test
    void aWorkerThatIsWantedQuietRunsEmptyUnderLoadAndComesBack() throws Exception {
        RedisAddress address = RedisAddress.parse(redis.uri());
        AtomicBoolean enough = new AtomicBoolean();
        AtomicInteger published = new AtomicInteger();
        try (SliceBooks books = SliceBooks.open(connector, STREAM);
                Pipeline first = Pipeline.on(redis.uri()).id("a").start();
                Worker second =
                        Worker.start(
                                WorkerSettings.builder("b", address).build(),
                                MessageProcessor.passOn())) {
            await().atMost(PATIENCE).until(() -> first.dispatcher().figures().leads());
            Thread load =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        while (!enough.get() && published.get() < 200_000) {
                                            publish(published.getAndIncrement());
                                        }
                                    });
            await().atMost(PATIENCE).until(() -> finished(books.read(), "b") > 100);

            Done quiet = baton("workers", "quiet", "b");
            assertThat(quiet.exit()).as(quiet.err()).isZero();
            assertThat(quiet.out()).contains("b is quiet; its lane holds ");
            assertThat(baton("workers", "quiet", "b").out()).contains("b is already quiet");
            await().atMost(PATIENCE).until(() -> worker(books.read(), "b").backlog() == 0);
            Books then = books.read();
            await().atMost(PATIENCE)
                    .until(() -> books.read().count("committed") > then.count("committed") + 1_000);
            assertThat(finished(books.read(), "b")).isEqualTo(finished(then, "b"));
            assertThat(baton("workers", "-o", "json").out()).contains("\"quiet (wished)\"");
            assertThat(baton("lanes").out())
                    .containsPattern("(?m)^b +quiet \\(wished\\) +0 ")
                    .containsPattern("(?m)^\\(no worker\\) +waiting ");
            assertThat(baton("workers", "quiet", "nobody").exit()).isEqualTo(1);
            assertThat(baton("workers", "quiet", "nobody").err()).contains("b");

            assertThat(baton("workers", "live", "b").out()).contains("b is live");
            await().atMost(PATIENCE)
                    .until(() -> finished(books.read(), "b") > finished(then, "b") + 100);
            enough.set(true);
            load.join();
            await().atMost(PATIENCE)
                    .until(() -> books.read().count("committed") == published.get());
            assertThat(books.read().gaps()).isZero();
            assertThat(second.finished()).isNotDone();
        }
        assertThat(baton("audit").exit()).isZero();
    }

    @Test
    void beyondMaxDeadTheOldestGoAndTheAuditKnows() {
        try (SliceBooks books = SliceBooks.open(connector, STREAM);
                Pipeline refusing =
                        Pipeline.on(redis.uri())
                                .id("a")
                                .dispatcher(settings -> settings.maxDeadLetters(5))
                                .processor(message -> Outcome.reject("no", "no"))
                                .start()) {
            await().atMost(PATIENCE).until(() -> refusing.dispatcher().figures().leads());
            for (int i = 0; i < 20; i++) {
                publish(i);
            }
            await().atMost(PATIENCE).until(() -> books.read().count("dead") == 20);
        }

        assertThat(baton("dead", "ls", "-o", "json").out())
                .contains("\"found\":5")
                .contains("\"m-19\"")
                .doesNotContain("\"m-14\"");
        assertThat(baton("status", "-o", "json").out()).contains("\"dead_trimmed\":15");
        Done audit = baton("audit", "-o", "json");
        assertThat(audit.exit()).isZero();
        assertThat(audit.out()).contains("\"dead_expected\":5");
        client.sync().xtrim(bytes("{" + STREAM + "}:dead"), 1);
        assertThat(baton("audit").exit()).as("somebody else deleted some").isEqualTo(1);
    }

    @Test
    void slicesAreFoundByThemselvesAndGapsComeNewestFirst() {
        for (int slice = 0; slice < 2; slice++) {
            String tag = "{" + STREAM + ":" + slice + "}";
            client.sync().hset(bytes(tag + ":lead"), bytes("slices"), bytes("2"));
            for (int i = 0; i < 3; i++) {
                gap(tag + ":gaps", (i * 2 + slice + 1) + "000-0", "cause " + slice + i);
            }
        }

        Done all = baton("gaps");
        assertThat(all.exit()).isZero();
        assertThat(all.out().lines().skip(1).map(line -> line.replaceAll(".*cause ", "")))
                .containsExactly("12", "02", "11", "01", "10", "00");
        Done some = baton("gaps", "--num", "2", "-o", "json");
        assertThat(some.out())
                .contains("cause 12")
                .contains("\"count\":7")
                .contains("\"stream\":\"" + STREAM + ":1\"")
                .doesNotContain("cause 11");
        assertThat(some.err()).contains("the newest 2 of 6");
        for (String command :
                new String[] {"gaps", "lanes", "workers", "status", "audit", "pause"}) {
            Done wrong = baton(command, "--slices", "3");
            assertThat(wrong.exit()).as(command).isEqualTo(78);
            assertThat(wrong.err()).contains("--slices 2, not 3");
        }
        assertThat(baton("status", "-o", "json").out()).contains("\"stream\":\"" + STREAM + ":1\"");
        assertThat(baton("tail", "gaps", "--from", "start", "--num", "6", "-f", "{cause}").out())
                .contains("cause 00")
                .contains("cause 12");
    }

    @Test
    void anAuditOfNothingSaysSo() {
        Done audit = baton("audit", "--stream", "nothing");

        assertThat(audit.exit()).isEqualTo(10);
        assertThat(audit.out()).isEmpty();
        assertThat(audit.err()).contains("nobody ever led 'nothing'");
    }

    @Test
    void aTailOutlivesTheServerAndEndsWhenAskedTo() throws Exception {
        try (BatonProcess tail =
                BatonProcess.start(
                        "tail",
                        "--redis",
                        redis.uri(),
                        "--from",
                        "-5m",
                        "--format",
                        "{message_id} {payload}")) {
            add("one", "a\u001b[2J");
            await().atMost(PATIENCE).until(() -> !client.sync().clientList().isEmpty());
            awaitBlocked();
            redis.kill();
            tail.awaitSaid("lost Redis at");
            redis.restart();
            add("two", "b");
            tail.awaitSaid("is back; going on after ");
            add("three", "c");
            awaitBlocked();
            tail.interrupt();

            assertThat(tail.end()).isZero();
            assertThat(tail.printed()).isEqualTo("one a\\u001b[2J\ntwo b\nthree c\n");
            assertThat(tail.timesSaid("lost Redis at")).isEqualTo(1);
        }
    }

    @Test
    void aTailOfANumberEndsByItself() throws Exception {
        for (int i = 0; i < 5; i++) {
            add("m-" + i, "x");
        }
        Done three = baton("tail", "--from", "start", "--num", "3", "-f", "json");

        assertThat(three.exit()).isZero();
        assertThat(three.out().lines()).hasSize(3).allMatch(line -> line.startsWith("{\"id\":"));
        assertThat(baton("tail", "--from", "yesterday").exit()).isEqualTo(78);
        assertThat(baton("tail", "-f", "{oops").exit()).isEqualTo(78);
    }

    /// A reader waits for what comes.
    private void awaitBlocked() {
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> client.sync().info("clients").contains("blocked_clients:1"));
    }

    private void add(String id, String payload) {
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(
                        () ->
                                client.sync()
                                                .xadd(
                                                        bytes(STREAM),
                                                        bytes("message_id"),
                                                        bytes(id),
                                                        bytes("payload"),
                                                        bytes(payload))
                                        != null);
    }

    private void gap(String key, String id, String cause) {
        client.sync()
                .xadd(
                        bytes(key),
                        new XAddArgs().id(id),
                        bytes("from"),
                        bytes("00000001.00000000.00000000"),
                        bytes("to"),
                        bytes("00000001.00000000.00000007"),
                        bytes("cause"),
                        bytes(cause),
                        bytes("epoch"),
                        bytes("1"),
                        bytes("count"),
                        bytes("7"));
    }

    private static WorkerBooks worker(Books books, String id) {
        return books.workers().stream()
                .filter(worker -> worker.id().equals(id))
                .findFirst()
                .orElseGet(() -> new WorkerBooks(id, Map.of(), 0));
    }

    private static long finished(Books books, String id) {
        return WorkerRows.number(worker(books, id), "head");
    }

    private void publish(int number) {
        client.sync()
                .publish(
                        bytes("messages:published"),
                        bytes("{\"message_id\":\"m-" + number + "\"}"));
    }

    @Test
    void whoMayNotLookUpTheNumberOfSlicesIsToldToGiveIt() {
        String blind = "redis://blind:b@" + redis.uri().replaceFirst("^redis://", "");
        client.sync()
                .aclSetuser(
                        "blind",
                        AclSetuserArgs.Builder.on()
                                .addPassword("b")
                                .allCommands()
                                .keyPattern("{" + STREAM + "}:*"));

        Done half = baton("lanes", "--redis", blind);
        client.sync().hset(bytes("{" + STREAM + "}:lead"), bytes("slices"), bytes("1"));
        Done enough = baton("lanes", "--redis", blind);
        client.sync().set(bytes("{" + STREAM + "}:lead"), bytes("no hash"));
        Done broken = baton("lanes");

        assertThat(half.err()).contains("give --slices");
        assertThat(enough.err()).doesNotContain("give --slices");
        assertThat(broken.exit()).isEqualTo(78);
        assertThat(broken.err()).contains("under a name of ours");
    }

    private Done baton(String... words) {
        String[] args =
                (Stream.of(words).anyMatch("--redis"::equals)
                                ? Stream.of(words)
                                : Stream.concat(
                                        Stream.of(words), Stream.of("--redis", redis.uri())))
                        .toArray(String[]::new);
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            int exit = Main.execute(args, Map.of(), new Termination());
            return new Done(
                    exit,
                    printed.toString(StandardCharsets.UTF_8),
                    said.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
