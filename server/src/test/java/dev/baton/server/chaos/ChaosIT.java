package dev.baton.server.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Faults in turn, on real processes under load: every message is accounted for, once. Starting processes is what takes
/// time, so all share one run; each waits until the one before is over.
class ChaosIT {

    private static final List<Fault> FAULTS =
            List.of(
                    Fault.KILL_LEADER,
                    Fault.PAUSE_LEADER,
                    Fault.LATE_DISPATCH,
                    Fault.CUT_LEADER,
                    Fault.KILL_WORKER,
                    Fault.LOST_REPLY,
                    Fault.KILL_STORE,
                    Fault.FLUSH_STORE,
                    Fault.FLUSH_SCRIPTS,
                    Fault.OUT_OF_MEMORY,
                    Fault.CUT_ALL,
                    Fault.FORGED_MARK,
                    Fault.REPLAYED_MARK,
                    Fault.BAD_INPUT);

    private static final long SEED = 20_251;
    private static final Duration EVERY = Duration.ofSeconds(1);
    private static final Duration LEASE = Duration.ofMillis(1_500);

    /// Tests share the machine with whatever else runs on it: bounds on time are for measurements, not for here.
    private static final Duration SLACK = Duration.ofSeconds(15);

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void everyMessageIsAccountedForOnce() throws InterruptedException {
        StringBuilder said = new StringBuilder();
        try (ChaosRun run =
                new ChaosRun(settings(), line -> said.append(line).append('\n'), () -> false)) {
            ChaosResult result = run.run();

            assertThat(result.violations()).as(said.toString()).isEmpty();
            assertThat(result.faults())
                    .extracting(ChaosResult.Disturbance::fault)
                    .hasSameElementsAs(FAULTS);
            assertThat(result.verdict().committed()).isGreaterThan(300);
            assertThat(result.gaps()).isPositive();
            run.deleteLogs();
        }
    }

    private static ChaosSettings settings() {
        return new ChaosSettings(
                null,
                FAULTS,
                SEED,
                EVERY.multipliedBy(FAULTS.size()).plus(LEASE.multipliedBy(2)),
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
                32L << 20,
                Layout.SINGLE,
                false);
    }
}
