package dev.baton.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.baton.Message;
import dev.baton.MessageProcessor;
import dev.baton.Outcome;
import dev.baton.dispatch.Dispatcher;
import dev.baton.dispatch.DispatcherSettings;
import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.redis.UnfitStoreException;
import dev.baton.slice.Books;
import dev.baton.slice.DeadLetter;
import dev.baton.slice.SliceBooks;
import dev.baton.slice.SliceKeys;
import dev.baton.slice.SliceOffice;
import dev.baton.slice.Transport;
import dev.baton.source.Listening;
import dev.baton.testing.RedisProcess;
import dev.baton.worker.RetryPolicy;
import dev.baton.worker.Worker;
import dev.baton.worker.WorkerSettings;
import io.lettuce.core.Range;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The whole way with a consumer group.
class GroupPipelineIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String CHANNEL = "in";
    private static final String STREAM = "out";
    private static final Duration BEAT = Duration.ofMillis(200);
    private static final RetryPolicy SOON =
            new RetryPolicy(2, Duration.ofMillis(20), Duration.ofMillis(20));

    private RedisProcess redis;
    private RedisAddress address;
    private RedisConnector connector;
    private StatefulRedisConnection<byte[], byte[]> client;
    private SliceBooks books;

    @BeforeEach
    void start() {
        redis = RedisProcess.start();
        address = RedisAddress.parse(redis.uri());
        connector = new RedisConnector(address);
        client = connector.connect();
        books = SliceBooks.open(connector, STREAM);
    }

    @AfterEach
    void stop() {
        books.close();
        client.close();
        connector.close();
        redis.close();
    }

    @Test
    void everyMessageArrivesOnceAndAllWorkersTakePart() {
        try (Dispatcher dispatcher = dispatcher("d1");
                Worker one = worker("w1", MessageProcessor.passOn());
                Worker other = worker("w2", MessageProcessor.passOn())) {
            awaitLeads(dispatcher);
            publish(0, 5_000);
            awaitFinished(5_000);
            assertThat(one.figures().committed()).isPositive();
            assertThat(other.figures().committed()).isPositive();
        }

        assertThat(ids()).hasSize(5_000).doesNotHaveDuplicates();
        assertThat(books.read().workers()).as("both left").isEmpty();
        assertThat(books.read().backlog()).isZero();
        assertThat(books.read().balanced()).isTrue();
    }

    @Test
    void aWorkerLostInMidBatchLeavesItsEntriesToOthers() {
        CountDownLatch stuck = new CountDownLatch(1);
        AtomicBoolean first = new AtomicBoolean(true);
        Set<String> twice = ConcurrentHashMap.newKeySet();
        MessageProcessor hangsOnce =
                message -> {
                    if (first.compareAndSet(true, false)) {
                        stuck.await();
                    }
                    return Outcome.passOn();
                };
        MessageProcessor seeing =
                message -> {
                    twice.add(text(message.payload()));
                    return Outcome.passOn();
                };
        try (Dispatcher dispatcher = dispatcher("d1")) {
            awaitLeads(dispatcher);
            publish(0, 200);
            try (Worker lost = worker("lost", hangsOnce)) {
                await().atMost(PATIENCE).until(() -> !first.get());
                try (Worker other = worker("other", seeing)) {
                    awaitFinished(200);
                    assertThat(twice).contains(message(0));
                    assertThat(other.figures().committed()).isPositive();
                }
                stuck.countDown();
            }
        }

        assertThat(ids()).hasSize(200).doesNotHaveDuplicates();
        assertThat(books.read().count("dead")).isZero();
        assertThat(books.read().balanced()).isTrue();
    }

    @Test
    void aStandbyTakesOverWhenTheLeaderGoesAndNothingIsTwice() {
        Dispatcher first = dispatcher("d1");
        try (Dispatcher second = dispatcher("d2");
                Worker worker = worker("w1", MessageProcessor.passOn())) {
            await().atMost(PATIENCE)
                    .until(
                            () ->
                                    (first.figures().leads() && second.figures().inSync())
                                            || (second.figures().leads()
                                                    && first.figures().inSync()));
            publish(0, 1_000);
            first.close();
            await().atMost(PATIENCE).until(() -> second.figures().leads());
            publish(1_000, 1_000);
            awaitFinished(2_000);
            assertThat(worker.figures().committed()).isEqualTo(2_000);
        } finally {
            first.close();
        }

        assertThat(ids()).hasSize(2_000).doesNotHaveDuplicates();
        assertThat(books.read().gaps()).isZero();
        assertThat(books.read().balanced()).isTrue();
    }

    @Test
    void whatFailsIsTriedAgainThenDeadThenReplayed() {
        AtomicBoolean mended = new AtomicBoolean();
        MessageProcessor failing =
                message -> {
                    if (!mended.get() && number(message) % 10 == 0) {
                        throw new IllegalStateException("not yet");
                    }
                    return Outcome.passOn();
                };
        try (Dispatcher dispatcher = dispatcher("d1");
                Worker worker = worker("w1", failing)) {
            awaitLeads(dispatcher);
            publish(0, 100);
            awaitFinished(100);
            assertThat(worker.figures().retried()).isEqualTo(10);
            assertThat(books.read().dead()).isEqualTo(10);

            mended.set(true);
            List<String> letters = new ArrayList<>();
            try (SliceOffice office =
                    SliceOffice.open(connector, List.of(new SliceKeys(STREAM))).getFirst()) {
                office.forEachDead((DeadLetter letter) -> letters.add(letter.id()));
                assertThat(office.replay(letters)).isEqualTo(10);
            }
            awaitFinished(110);
        }

        assertThat(ids()).hasSize(100).doesNotHaveDuplicates();
        assertThat(books.read().dead()).isZero();
        assertThat(books.read().balanced()).isTrue();
    }

    @Test
    void aWorkerThatDrainsFinishesWhatItWasGivenAndLeavesTheRestToOthers() throws Exception {
        MessageProcessor slow =
                message -> {
                    Thread.sleep(5);
                    return Outcome.passOn();
                };
        try (Dispatcher dispatcher = dispatcher("d1");
                Worker first = worker("w1", slow)) {
            awaitLeads(dispatcher);
            publish(0, 300);
            await().atMost(PATIENCE).until(() -> first.figures().committed() > 10);
            publish(300, 300);
            assertThat(first.drain(PATIENCE)).isTrue();
            Books left = books.read();
            assertThat(left.workers()).as("it left nothing of its own").isEmpty();
            assertThat(left.balanced()).isTrue();
            assertThat(left.waiting()).isPositive();
            try (Worker second = worker("w2", MessageProcessor.passOn())) {
                awaitFinished(600);
                assertThat(second.figures().committed()).isEqualTo(left.waiting());
            }
        }

        assertThat(ids()).hasSize(600).doesNotHaveDuplicates();
    }

    @Test
    void whatAnIdleWorkerIsGivenWhenItHasLeftComesToAnother() throws Exception {
        try (Dispatcher dispatcher = dispatcher("d1");
                Worker first = worker("w1", MessageProcessor.passOn())) {
            awaitLeads(dispatcher);
            publish(0, 1);
            awaitFinished(1);
            assertThat(first.drain(PATIENCE)).isTrue();
            publish(1, 1);
            try (Worker second = worker("w2", MessageProcessor.passOn())) {
                awaitFinished(2);
                assertThat(second.figures().committed()).isEqualTo(1);
            }
        }

        assertThat(books.read().workers()).isEmpty();
        assertThat(books.read().balanced()).isTrue();
    }

    @Test
    void aRoleWithAnotherTransportIsRefusedInWords() {
        try (Dispatcher dispatcher = dispatcher("d1")) {
            awaitLeads(dispatcher);
            WorkerSettings lists = WorkerSettings.builder("w", address).stream(STREAM).build();
            DispatcherSettings other =
                    DispatcherSettings.builder("d", address).stream(STREAM).build();

            assertThatThrownBy(() -> Worker.start(lists, MessageProcessor.passOn()).close())
                    .isInstanceOf(UnfitStoreException.class)
                    .hasMessage(
                            "stream 'out' on "
                                    + address
                                    + " has --transport group, not lists: give --transport group,"
                                    + " or another --stream");
            assertThatThrownBy(() -> Dispatcher.start(other).close())
                    .isInstanceOf(UnfitStoreException.class);
        }
    }

    private Dispatcher dispatcher(String id) {
        return Dispatcher.start(
                DispatcherSettings.builder(id, address)
                        .listening(new Listening.Channels(List.of(CHANNEL)))
                        .stream(STREAM)
                        .transport(Transport.GROUP)
                        .lease(BEAT.multipliedBy(4))
                        .beat(BEAT)
                        .workerTimeout(BEAT.multipliedBy(5))
                        .build());
    }

    private Worker worker(String id, MessageProcessor processor) {
        return Worker.start(
                WorkerSettings.builder(id, address).stream(STREAM)
                        .transport(Transport.GROUP)
                        .beat(BEAT)
                        .processTimeout(Duration.ofSeconds(1))
                        .retries(SOON)
                        .build(),
                processor);
    }

    private static void awaitLeads(Dispatcher dispatcher) {
        await().atMost(PATIENCE).until(() -> dispatcher.figures().leads());
    }

    private void publish(int from, int count) {
        for (int i = from; i < from + count; i++) {
            client.sync().publish(bytes(CHANNEL), bytes(message(i)));
        }
    }

    private void awaitFinished(long messages) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(
                        () -> {
                            Books now = books.read();
                            assertThat(now.count("committed") + now.count("dead"))
                                    .isEqualTo(messages);
                        });
    }

    private List<String> ids() {
        List<String> ids = new ArrayList<>();
        client.sync()
                .xrange(bytes(STREAM), Range.unbounded())
                .forEach(
                        entry ->
                                entry.getBody()
                                        .forEach(
                                                (name, value) -> {
                                                    if (text(name).equals("message_id")) {
                                                        ids.add(text(value));
                                                    }
                                                }));
        assertThat(new HashSet<>(ids)).hasSameSizeAs(ids);
        return ids;
    }

    private static int number(Message message) {
        return Integer.parseInt(text(message.payload()).replaceAll("\\D", ""));
    }

    private static String message(int number) {
        return "{\"message_id\":\"" + number + "\"}";
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
