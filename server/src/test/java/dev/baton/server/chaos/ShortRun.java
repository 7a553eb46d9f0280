package dev.baton.server.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;

/// A chaos run with little load, in which each fault comes once and everything holds.
final class ShortRun {

    private static final long SEED = 20_251;
    private static final Duration EVERY = Duration.ofSeconds(1);
    private static final Duration LEASE = Duration.ofMillis(1_500);

    /// Tests share the machine with whatever else runs on it: bounds on time are for measurements, not for here.
    private static final Duration SLACK = Duration.ofSeconds(15);

    private ShortRun() {}

    static ChaosResult of(List<Fault> faults, Layout layout) throws InterruptedException {
        StringBuilder said = new StringBuilder();
        ChaosSettings settings = settings(faults, layout);
        try (ChaosRun run =
                new ChaosRun(settings, line -> said.append(line).append('\n'), () -> false)) {
            ChaosResult result = run.run();

            assertThat(result.violations()).as(said.toString()).isEmpty();
            assertThat(result.faults())
                    .extracting(ChaosResult.Disturbance::fault)
                    .hasSameElementsAs(faults);
            run.deleteLogs();
            return result;
        }
    }

    /// Long enough for what the plan says the timeouts explain; the faults themselves come sooner, for each waits for the
    /// one before.
    private static ChaosSettings settings(List<Fault> faults, Layout layout) {
        return new ChaosSettings(
                null,
                faults,
                SEED,
                EVERY.multipliedBy(faults.size()).plus(longest(layout)),
                EVERY,
                300,
                100,
                2,
                2,
                LEASE,
                Duration.ofMillis(500),
                Duration.ofSeconds(2),
                Duration.ofMillis(300),
                SLACK,
                Duration.ofSeconds(60),
                8L << 20,
                layout,
                false);
    }

    private static Duration longest(Layout layout) {
        if (!layout.cluster() && layout.slices() == 1) {
            return LEASE.multipliedBy(2);
        }
        return layout.replicas() == 0 ? Duration.ofSeconds(7) : Duration.ofSeconds(10);
    }
}
