package dev.baton.simulation;

import static dev.baton.simulation.Violation.Promise.BALANCED;
import static dev.baton.simulation.Violation.Promise.DISTINCT;
import static dev.baton.simulation.Violation.Promise.FENCED;
import static dev.baton.simulation.Violation.Promise.LOSSLESS;
import static dev.baton.simulation.Violation.Promise.MONOTONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.baton.slice.PlantedBug;
import dev.baton.slice.SliceModel;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Many lives of a whole pipeline, each drawn from a seed.
///
/// `-Dsimulation.seeds=100000` lives more of them, `-Dsimulation.first=…` others, `-Dsimulation.seed=42` just one and
/// prints what happened.
class SimulationTest {

    private static final long SEEDS = Long.getLong("simulation.seeds", 2_000);
    private static final long MAX_SEEDS_PER_BUG = 300;
    private static final long FIRST = Long.getLong("simulation.first", 1);

    @Test
    void whateverGoesWrongThePromisesAreKept() {
        Long one = Long.getLong("simulation.seed");
        if (one != null) {
            World.Result result = World.live(one, true, SliceModel::new);
            result.trace().lines().forEach(System.out::println);
            assertThat(result.violation()).isNull();
            return;
        }
        long began = System.nanoTime();
        Totals totals = new Totals();
        for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
            World.Result result = World.live(seed, false, SliceModel::new);
            totals.add(result);
        }
        System.out.println(totals.line((System.nanoTime() - began) / 1e9));
        totals.failed.forEach(
                result -> System.out.println("seed " + result.seed() + ": " + result.violation()));
        if (!totals.failed.isEmpty()) {
            World.Result first = World.live(totals.failed.getFirst().seed(), true, SliceModel::new);
            first.trace().lines().forEach(System.out::println);
        }
        assertThat(totals.failed.stream().map(World.Result::seed)).isEmpty();
    }

    @Test
    void theSameSeedGivesTheSameLife() {
        List<Long> digests =
                LongStream.range(1, 20)
                        .mapToObj(seed -> World.live(seed, true, SliceModel::new).trace().digest())
                        .toList();
        List<Long> again =
                LongStream.range(1, 20)
                        .mapToObj(seed -> World.live(seed, true, SliceModel::new).trace().digest())
                        .toList();

        assertThat(again).isEqualTo(digests);
        assertThat(digests).doesNotHaveDuplicates();
    }

    /// A simulation that finds nothing proves nothing: each of these is found, by the promise it breaks.
    @ParameterizedTest
    @EnumSource(PlantedBug.class)
    void aPlantedBugIsFound(PlantedBug bug) {
        Set<Violation.Promise> broken =
                switch (bug) {
                    case IGNORES_THE_EPOCH, IGNORES_THE_INCARNATION -> EnumSet.of(FENCED);
                    case FORGETS_TO_TRIM -> EnumSet.of(BALANCED, DISTINCT);
                    case FORGETS_THE_GAP -> EnumSet.of(LOSSLESS);
                    case MOVES_THE_WATERMARK_BACK -> EnumSet.of(MONOTONE);
                    case FORGETS_TO_COUNT -> EnumSet.of(BALANCED);
                    case FORGETS_OTHER_STREAMS -> EnumSet.of(DISTINCT);
                };
        for (long seed = 1; seed <= MAX_SEEDS_PER_BUG; seed++) {
            Violation found = World.live(seed, false, bug::slice).violation();
            if (found != null && broken.contains(found.promise())) {
                System.out.println(
                        "simulation: " + bug + " found by seed " + seed + ": " + found.promise());
                return;
            }
        }
        fail("no seed of " + MAX_SEEDS_PER_BUG + " finds " + bug);
    }

    private static final class Totals {
        final List<World.Result> failed = new ArrayList<>();
        long lives;
        long messages;
        long missing;
        long repeated;
        long gaps;
        long counted;
        long takeovers;
        long refused;
        long events;
        int mostImpatient;

        void add(World.Result result) {
            if (result.violation() != null) {
                failed.add(result);
            }
            lives++;
            messages += result.messages();
            missing += result.missing();
            repeated += result.repeated();
            if (result.repeated() > 0) {
                System.out.println(
                        "seed " + result.seed() + ": " + result.repeated() + " repeated");
            }
            gaps += result.gaps();
            counted += result.counted();
            takeovers += result.takeovers();
            refused += result.refused();
            events += result.events();
            mostImpatient = Math.max(mostImpatient, result.mostImpatient());
        }

        String line(double seconds) {
            return String.format(
                    Locale.ROOT,
                    "simulation: %d lives in %.1f s (%.0f a second), %d events, %d messages, %d"
                            + " missing and declared, %d repeated, %d gaps (%d counted), %d claims,"
                            + " %d stale writes refused, at most %d steps without rest; %d failed",
                    lives,
                    seconds,
                    lives / seconds,
                    events,
                    messages,
                    missing,
                    repeated,
                    gaps,
                    counted,
                    takeovers,
                    refused,
                    mostImpatient,
                    failed.size());
        }
    }
}
