package dev.baton.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.MessageProcessor;
import dev.baton.Outcome;
import dev.baton.Position;
import dev.baton.redis.RedisAddress;
import dev.baton.slice.Entry;
import dev.baton.slice.Finish;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The real threads, one and several: what becomes of one that is at work on a lane that is gone.
class ProcessorThreadsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final AtomicBoolean over = new AtomicBoolean();
    private final CountDownLatch began = new CountDownLatch(1);
    private final AtomicInteger interrupted = new AtomicInteger();
    private final LaneWindow first = new LaneWindow(0);
    private final LaneWindow second = new LaneWindow(0);

    @AfterEach
    void end() {
        over.set(true);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aThreadThatNeverReturnsIsLeftBehindAndAFreshOneGoesOn(int concurrency) throws Exception {
        MessageProcessor processor =
                message -> {
                    began.countDown();
                    while (message.id().equals("loop") && !over.get()) {
                        Thread.onSpinWait();
                    }
                    return Outcome.drop();
                };
        try (ProcessorThreads threads = threads(concurrency, processor)) {
            give(threads, first, "loop");
            began.await();
            first.close();

            threads.of(0).workOn(null);
            give(threads, second, "good");

            await().dontCatchUncaughtExceptions()
                    .atMost(PATIENCE)
                    .until(() -> second.finishedPrefix(9) == 1);
            assertThat(threads.of(0).leftBehind()).isEqualTo(1);
            over.set(true);
            await().atMost(PATIENCE).until(() -> threads.of(0).leftBehind() == 0);
            assertThat(first.finishedPrefix(9)).as("its outcome interests nobody").isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aThreadThatIsLeftBehindIsInterrupted(int concurrency) throws Exception {
        MessageProcessor processor =
                message -> {
                    began.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        interrupted.incrementAndGet();
                        throw e;
                    }
                    return Outcome.drop();
                };
        try (ProcessorThreads threads = threads(concurrency, processor)) {
            give(threads, first, "waits");
            began.await();
            first.close();

            threads.of(0).workOn(null);

            await().atMost(PATIENCE).until(() -> threads.of(0).leftBehind() == 0);
            assertThat(interrupted).hasValue(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aThreadThatAnErrorEndedIsReplaced(int concurrency) {
        MessageProcessor processor =
                message -> {
                    if (message.id().equals("huge")) {
                        throw new OutOfMemoryError("pretended");
                    }
                    return Outcome.drop();
                };
        try (ProcessorThreads threads = threads(concurrency, processor)) {
            for (int i = 0; i < concurrency; i++) {
                LaneWindow lane = new LaneWindow(0);
                give(threads, lane, "huge");
                await().dontCatchUncaughtExceptions()
                        .atMost(PATIENCE)
                        .until(() -> lane.nextTaken() == 1);
                lane.close();
                threads.of(0).workOn(null);
            }
            give(threads, second, "good");

            await().dontCatchUncaughtExceptions()
                    .atMost(PATIENCE)
                    .until(() -> second.finishedPrefix(9) == 1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void oneProcessorsInterruptDoesNotReachTheNextMessage(int concurrency) {
        MessageProcessor processor =
                message -> {
                    if (message.id().equals("interrupts")) {
                        Thread.currentThread().interrupt();
                    } else {
                        Thread.sleep(1);
                    }
                    return Outcome.drop();
                };
        try (ProcessorThreads threads = threads(concurrency, processor)) {
            give(threads, first, "interrupts", "good", "good", "interrupts", "good", "good");

            await().atMost(PATIENCE).until(() -> first.finishedPrefix(9) == 6);
            assertThat(first.finishes(9, 1_000, 1_000)).hasOnlyElementsOfType(Finish.Emit.class);
        }
    }

    /// A slice's entry waits for as long as all threads are at work on another's: they are busy then, and nobody is lost.
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void threadsAtWorkOnOneSliceAreBusyForAllAndFreshOnesGoOnWithTheOthers(int concurrency)
            throws Exception {
        CountDownLatch allBegan = new CountDownLatch(concurrency);
        MessageProcessor processor =
                message -> {
                    allBegan.countDown();
                    while (message.id().equals("loop") && !over.get()) {
                        Thread.sleep(1);
                    }
                    return Outcome.drop();
                };
        try (ProcessorThreads threads = threads(concurrency, processor)) {
            assertThat(threads.allBusy()).isFalse();
            give(
                    threads,
                    0,
                    first,
                    Collections.nCopies(concurrency, "loop").toArray(String[]::new));
            assertThat(allBegan.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            give(threads, 1, second, "good");
            assertThat(threads.allBusy()).isTrue();
            assertThat(second.nextTaken()).isZero();

            first.close();
            threads.of(0).workOn(null);

            await().atMost(PATIENCE).until(() -> second.finishedPrefix(9) == 1);
            await().atMost(PATIENCE).until(() -> !threads.allBusy());
        }
    }

    private static ProcessorThreads threads(int concurrency, MessageProcessor processor) {
        WorkerSettings settings =
                WorkerSettings.defaults("w", RedisAddress.parse(RedisAddress.DEFAULT));
        ProcessorThreads threads =
                new ProcessorThreads(
                        "w",
                        2,
                        concurrency,
                        new Processing(settings, processor, () -> 0),
                        () -> {});
        threads.start();
        return threads;
    }

    private static void give(ProcessorThreads threads, LaneWindow window, String... ids) {
        give(threads, 0, window, ids);
    }

    private static void give(
            ProcessorThreads threads, int slice, LaneWindow window, String... ids) {
        window.add(
                List.of(ids).stream()
                        .map(id -> ("{\"message_id\":\"" + id + "\"}"))
                        .map(json -> json.getBytes(StandardCharsets.UTF_8))
                        .map(ProcessorThreadsTest::entry)
                        .toList(),
                0);
        threads.of(slice).workOn(window);
        threads.of(slice).entriesAdded();
    }

    private static Entry entry(byte[] payload) {
        return Entry.of(new Position(1, 0, 0), 0, new byte[0], payload, 0, payload.length);
    }
}
