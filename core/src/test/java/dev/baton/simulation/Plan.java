package dev.baton.simulation;

import dev.baton.dispatch.LaneChoice;
import dev.baton.dispatch.Overflow;
import dev.baton.worker.Expiry;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// What a world is made of, drawn from its seed.
///
/// @param dispatchers how many run
/// @param workers how many run
/// @param slices how many there are
/// @param messages how many are published while faults go on
/// @param spanMillis how long that takes
/// @param faults how many faults
/// @param beat of dispatchers and workers
/// @param lease of the leader
/// @param workerTimeout after which a lane is taken away
/// @param batchEntries most messages in a dispatch
/// @param concurrency of the workers
/// @param payloadBytes at least so many in each payload
/// @param processingNanos most of the time a message takes
/// @param usualMicros most of the usual delays
/// @param longMillis most of the long ones
/// @param longOnes how many of a thousand are long
/// @param troublesome how many of a thousand calls go wrong in each way
/// @param overflow which messages are shed when the buffer is full
/// @param markInterval of the leader
/// @param strategy how the leader chooses lanes
/// @param expiry what becomes of messages that wait
record Plan(
        int dispatchers,
        int workers,
        int slices,
        int messages,
        int spanMillis,
        int faults,
        Duration beat,
        Duration lease,
        Duration workerTimeout,
        int batchEntries,
        Duration linger,
        int concurrency,
        int payloadBytes,
        long processingNanos,
        int usualMicros,
        int longMillis,
        int longOnes,
        int troublesome,
        Overflow overflow,
        Duration markInterval,
        Supplier<LaneChoice> strategy,
        Expiry expiry) {

    private static final int[] SLICES = {1, 1, 1, 2, 3, 4};
    private static final int[] BATCHES = {1, 2, 5, 50, 500};
    private static final int[] TROUBLES = {0, 0, 5, 20, 60};
    private static final int[] FAULTS = {0, 1, 1, 2, 2, 3, 4, 6, 9};
    private static final List<Supplier<LaneChoice>> STRATEGIES =
            List.of(LaneChoice::roundRobin, LaneChoice::leastBacklog, LaneChoice::weighted);
    private static final long[] PROCESSING_MILLIS = {1, 1, 5, 40};

    static Plan draw(SplittableRandom random) {
        int beatMillis = 40 + random.nextInt(80);
        boolean large = random.nextInt(12) == 0;
        return new Plan(
                1 + random.nextInt(3),
                1 + random.nextInt(3),
                SLICES[random.nextInt(SLICES.length)],
                20 + random.nextInt(large ? 60 : 180),
                1_000 + random.nextInt(3_000),
                FAULTS[random.nextInt(FAULTS.length)],
                Duration.ofMillis(beatMillis),
                Duration.ofMillis(beatMillis * (3L + random.nextInt(3))),
                Duration.ofMillis(beatMillis * (3L + random.nextInt(4))),
                BATCHES[random.nextInt(BATCHES.length)],
                Duration.ofMillis(random.nextInt(2)),
                random.nextInt(4) == 0 ? 4 : 1,
                large ? 30_000 : 0,
                TimeUnit.MILLISECONDS.toNanos(
                        PROCESSING_MILLIS[random.nextInt(PROCESSING_MILLIS.length)]),
                50 + random.nextInt(2_000),
                20 + random.nextInt(400),
                random.nextInt(30),
                TROUBLES[random.nextInt(TROUBLES.length)],
                random.nextBoolean() ? Overflow.SHED_NEWEST : Overflow.SHED_OLDEST,
                Duration.ofMillis(15 + random.nextInt(25)),
                STRATEGIES.get(random.nextInt(STRATEGIES.size())),
                expiry(random));
    }

    private static Expiry expiry(SplittableRandom random) {
        return random.nextInt(4) > 0
                ? Expiry.NEVER
                : new Expiry(Duration.ofMillis(200L + random.nextInt(3_000)), random.nextBoolean());
    }
}
