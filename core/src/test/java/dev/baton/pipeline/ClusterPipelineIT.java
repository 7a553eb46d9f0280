package dev.baton.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.MessageProcessor;
import dev.baton.Outcome;
import dev.baton.dispatch.Dispatcher;
import dev.baton.dispatch.DispatcherSettings;
import dev.baton.redis.RedisAddress;
import dev.baton.testing.RedisCluster;
import dev.baton.testing.RedisCluster.Node;
import dev.baton.testing.RedisProcess;
import dev.baton.worker.Worker;
import dev.baton.worker.WorkerSettings;
import io.lettuce.core.cluster.SlotHash;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The whole way on a real cluster whose slots move and whose primaries die.
class ClusterPipelineIT {

    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final String CHANNEL = "messages:published";
    private static final String STREAM = "messages:processed";
    private static final int SLOT = SlotHash.getSlot(STREAM);

    private RedisCluster cluster;

    @BeforeEach
    void start() {
        cluster = RedisCluster.start(1);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    private Pipeline pipeline(String id, MessageProcessor processor) {
        Pipeline pipeline = Pipeline.on(cluster.uri()).id(id).processor(processor).start();
        await().atMost(PATIENCE).until(() -> pipeline.dispatcher().figures().leads());
        return pipeline;
    }

    private ClusterBench bench() {
        return new ClusterBench(cluster.uri(), cluster.uri(), CHANNEL, STREAM);
    }

    @Test
    void everyMessageArrivesOnce() {
        try (ClusterBench bench = bench();
                Pipeline pipeline = pipeline("a", MessageProcessor.passOn())) {
            for (int i = 0; i < 5; i++) {
                bench.publish(1_000);
            }
            bench.awaitAllFinished();

            bench.everyMessageIsThereOnce();
            assertThat(pipeline.worker().figures().committed()).isEqualTo(5_000);
        }
    }

    @Test
    void aShardedChannelIsListenedToWhereItsSlotIsAlsoAfterThatMoved() {
        try (ClusterBench bench =
                        new ClusterBench(cluster.uri(), cluster.uri(), CHANNEL, true, STREAM);
                Pipeline pipeline =
                        Pipeline.on(cluster.nodes().getFirst().process().uri()).sharded().start()) {
            await().atMost(PATIENCE).until(() -> pipeline.dispatcher().figures().leads());
            bench.publish(1_000);
            bench.awaitAllFinished();

            long epoch = pipeline.dispatcher().figures().epoch();
            cluster.move(SlotHash.getSlot(CHANNEL), cluster.owner(CHANNEL), cluster.other(CHANNEL));
            await().atMost(PATIENCE)
                    .until(
                            () ->
                                    pipeline.dispatcher().figures().leads()
                                            && pipeline.dispatcher().figures().epoch() > epoch);
            bench.follow();
            bench.publish(1_000);
            bench.awaitAllFinished();

            assertThat(bench.books().balanced()).isTrue();
            assertThat(bench.books().stream()).isEqualTo(2_000);
        }
    }

    @Test
    void theSlotMovesThereAndBackUnderLoadWithEmptyLanes() throws Exception {
        moveUnderLoad(MessageProcessor.passOn());
    }

    @Test
    void theSlotMovesThereAndBackUnderLoadWithFullLanes() throws Exception {
        moveUnderLoad(
                message -> {
                    Thread.sleep(2);
                    return Outcome.passOn();
                });
    }

    private void moveUnderLoad(MessageProcessor processor) throws Exception {
        try (ClusterBench bench = bench();
                Pipeline pipeline = pipeline("a", processor)) {
            bench.begin();
            TimeUnit.SECONDS.sleep(1);
            Node from = cluster.owner(STREAM);
            Node to = cluster.other(STREAM);
            moveSlowly(from, to);
            TimeUnit.SECONDS.sleep(1);
            moveSlowly(to, from);
            TimeUnit.SECONDS.sleep(1);
            bench.end();
            bench.awaitAllFinished();

            bench.everyMessageIsThereOnce();
            assertThat(bench.books().count("dispatched")).isEqualTo(bench.published());
        }
    }

    /// One key at a time, so that for a while keys lie on both nodes.
    private void moveSlowly(Node from, Node to) throws InterruptedException {
        cluster.open(SLOT, from, to);
        TimeUnit.MILLISECONDS.sleep(200);
        while (from.commands().clusterCountKeysInSlot(SLOT) > 0) {
            cluster.moveKeys(SLOT, from, to, 1);
            TimeUnit.MILLISECONDS.sleep(100);
        }
        cluster.give(SLOT, to);
    }

    @Test
    void aPrimaryDiesUnderLoadAndWhatItsReplicaNeverGotIsDispatchedAgain() throws Exception {
        RedisAddress store = RedisAddress.parse(cluster.uri());
        try (RedisProcess source = RedisProcess.start();
                ClusterBench bench =
                        new ClusterBench(source.uri(), cluster.uri(), CHANNEL, STREAM);
                Worker worker =
                        Worker.start(
                                WorkerSettings.defaults("w", store), MessageProcessor.passOn());
                Dispatcher dispatcher = Dispatcher.start(settings(source, store))) {
            await().atMost(PATIENCE).until(() -> dispatcher.figures().leads());
            bench.begin();
            TimeUnit.SECONDS.sleep(1);
            Node dies = cluster.owner(STREAM);
            dies.process().close();
            await().atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() -> !cluster.owner(STREAM).equals(dies));
            TimeUnit.SECONDS.sleep(2);
            bench.end();
            bench.awaitAllFinished();

            bench.everyMessageIsThereOnce();
            assertThat(worker.figures().committed()).isGreaterThanOrEqualTo(bench.published());
        }
    }

    @Test
    void theNodeThatIsListenedAtDiesAndAllGoOnAtItsSuccessor() {
        try (ClusterBench bench = bench();
                Pipeline pipeline = pipeline("a", MessageProcessor.passOn());
                Pipeline standby = Pipeline.on(cluster.uri()).id("b").start()) {
            await().atMost(PATIENCE).until(() -> standby.dispatcher().figures().inSync());
            bench.publish(1_000);
            bench.awaitAllFinished();
            long epoch = pipeline.dispatcher().figures().epoch();

            cluster.owner(CHANNEL).process().close();
            await().atMost(PATIENCE).until(() -> leadsSince(epoch, pipeline, standby));
            bench.follow();
            bench.publish(1_000);
            bench.awaitAllFinished();

            assertThat(bench.books().balanced()).isTrue();
            assertThat(bench.books().stream()).isEqualTo(2_000);
        }
    }

    private static boolean leadsSince(long epoch, Pipeline... pipelines) {
        return Arrays.stream(pipelines)
                .map(pipeline -> pipeline.dispatcher().figures())
                .anyMatch(figures -> figures.leads() && figures.epoch() > epoch);
    }

    private static DispatcherSettings settings(RedisProcess source, RedisAddress store) {
        DispatcherSettings d = DispatcherSettings.defaults("d", store);
        return d.toBuilder().source(RedisAddress.parse(source.uri())).store(store).id("d").build();
    }
}
