package dev.baton.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.MessageProcessor;
import dev.baton.dispatch.Dispatcher;
import dev.baton.dispatch.DispatcherSettings;
import dev.baton.redis.RedisAddress;
import dev.baton.testing.RedisProcess;
import dev.baton.testing.RedisSentinels;
import dev.baton.worker.Worker;
import dev.baton.worker.WorkerSettings;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The whole way on servers that sentinels watch, whose primary is replaced under load.
class SentinelPipelineIT {

    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final Duration LOAD = Duration.ofSeconds(10);
    private static final int RATE = 2_500;
    private static final String CHANNEL = "messages:published";
    private static final String STREAM = "messages:processed";

    private RedisSentinels sentinels;

    @BeforeEach
    void start() {
        sentinels = RedisSentinels.start();
    }

    @AfterEach
    void stop() {
        sentinels.close();
    }

    @Test
    void theStoresPrimaryIsKilledAndNothingIsLostOrTwice() throws Exception {
        replaceStore(this::kill);
    }

    @Test
    void theStoresPrimaryIsReplacedAndLivesOnAndNothingIsLostOrTwice() throws Exception {
        replaceStore(this::failOver);
    }

    private void replaceStore(Change change) throws Exception {
        RedisAddress store = RedisAddress.parse(sentinels.uri());
        try (RedisProcess source = RedisProcess.start();
                ClusterBench bench =
                        new ClusterBench(source.uri(), sentinels.uri(), CHANNEL, STREAM);
                Worker worker =
                        Worker.start(
                                WorkerSettings.defaults("w", store), MessageProcessor.passOn());
                Dispatcher dispatcher = Dispatcher.start(settings(source, store))) {
            await().atMost(PATIENCE).until(() -> dispatcher.figures().leads());
            underLoad(bench, change);
            bench.awaitAllFinished();

            bench.everyMessageIsThereOnce();
            assertThat(bench.published()).isGreaterThanOrEqualTo(20_000);
            assertThat(worker.figures().committed()).isGreaterThanOrEqualTo(bench.published());
        }
    }

    @Test
    void sourceAndStoreAreKilledAndWhatNobodyHeardIsDeclared() throws Exception {
        replaceBoth(this::kill);
    }

    @Test
    void sourceAndStoreAreReplacedAndLiveOnAndWhatNobodyHeardIsDeclared() throws Exception {
        replaceBoth(this::failOver);
    }

    private void replaceBoth(Change change) throws Exception {
        try (ClusterBench bench =
                        new ClusterBench(sentinels.uri(), sentinels.uri(), CHANNEL, STREAM);
                Pipeline first = Pipeline.on(sentinels.uri()).id("a").start();
                Pipeline second = Pipeline.on(sentinels.uri()).id("b").start()) {
            await().atMost(PATIENCE)
                    .until(
                            () ->
                                    first.dispatcher().figures().inSync()
                                            && second.dispatcher().figures().inSync());
            underLoad(bench, change);
            await().atMost(PATIENCE)
                    .until(
                            () ->
                                    first.dispatcher().figures().leads()
                                            || second.dispatcher().figures().leads());
            bench.publish(100);
            bench.awaitPublished("" + (bench.published() - 1));

            int lost = bench.everyMessageIsThereOnceOrInAGap();
            assertThat(bench.published()).isGreaterThanOrEqualTo(10_000);
            assertThat(lost).isLessThan(bench.published() / 2);
            System.err.printf("published %d, declared %d%n", bench.published(), lost);
        }
    }

    private static void underLoad(ClusterBench bench, Change change) throws Exception {
        Thread load =
                Thread.ofPlatform()
                        .name("load")
                        .start(() -> bench.publishThroughTrouble(LOAD, RATE));
        TimeUnit.SECONDS.sleep(2);
        change.make();
        load.join();
    }

    private interface Change {
        void make();
    }

    private void kill() {
        RedisProcess primary = sentinels.primary();
        primary.close();
        sentinels.awaitSuccessorOf(primary);
    }

    private void failOver() {
        RedisProcess primary = sentinels.primary();
        sentinels.failOver();
        sentinels.awaitSuccessorOf(primary);
    }

    private static DispatcherSettings settings(RedisProcess source, RedisAddress store) {
        DispatcherSettings d = DispatcherSettings.defaults("d", store);
        return d.toBuilder().source(RedisAddress.parse(source.uri())).store(store).id("d").build();
    }
}
