package dev.baton.server.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// One fault each, on real processes under load: every message is accounted for, once.
class ChaosIT {

    private static final long SEED = 20_251;

    /// Tests share the machine with whatever else runs on it: bounds on time are for measurements, not for here.
    private static final Duration SLACK = Duration.ofSeconds(10);

    @ParameterizedTest
    @EnumSource(
            names = {
                "KILL_LEADER",
                "KILL_WORKER",
                "PAUSE_LEADER",
                "CUT_LEADER",
                "CUT_ALL",
                "KILL_STORE",
                "FLUSH_STORE",
                "LOST_REPLY"
            })
    @Timeout(value = 90, unit = TimeUnit.SECONDS)
    void everyMessageIsAccountedForOnce(Fault fault) throws InterruptedException {
        StringBuilder said = new StringBuilder();
        try (ChaosRun run =
                new ChaosRun(
                        settings(fault), line -> said.append(line).append('\n'), () -> false)) {
            ChaosResult result = run.run();

            assertThat(result.violations()).as(said.toString()).isEmpty();
            assertThat(result.faults()).singleElement().extracting("times").isEqualTo(1);
            assertThat(result.verdict().published()).isGreaterThan(500);
            assertThat(result.verdict().committed()).isGreaterThan(300);
            run.deleteLogs();
        }
    }

    private static ChaosSettings settings(Fault fault) {
        return new ChaosSettings(
                null,
                List.of(fault),
                SEED,
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                300,
                100,
                2,
                2,
                Duration.ofSeconds(2),
                Duration.ofMillis(500),
                Duration.ofSeconds(2),
                Duration.ofMillis(300),
                SLACK,
                Duration.ofSeconds(30),
                32L << 20,
                false);
    }
}
