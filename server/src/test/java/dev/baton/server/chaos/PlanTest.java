package dev.baton.server.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.slice.Transport;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PlanTest {

    private static final List<Fault> ALL =
            Arrays.stream(Fault.values()).filter(Layout.SINGLE::fits).toList();

    @Test
    void theSameSeedGivesTheSamePlanAndAnotherSeedAnother() {
        assertThat(Plan.of(settings(null, ALL, 7))).isEqualTo(Plan.of(settings(null, ALL, 7)));
        assertThat(Plan.of(settings(null, ALL, 7))).isNotEqualTo(Plan.of(settings(null, ALL, 8)));
    }

    @Test
    void everyFaultHasTimeForItsConsequences() {
        ChaosSettings settings = settings(null, ALL, 3);

        Plan plan = Plan.of(settings);

        assertThat(plan.steps()).hasSizeGreaterThan(20);
        assertThat(plan.steps())
                .allMatch(
                        step ->
                                step.atMillis() + step.fault().bound(settings).toMillis()
                                        <= settings.duration().toMillis());
    }

    @Test
    void whatHarmsEverybodyRunsOnNoGivenServer() {
        assertThatThrownBy(() -> settings("redis://h", List.of(Fault.FLUSH_STORE), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("flush-store");
        assertThat(Plan.of(settings("redis://h", List.of(Fault.KILL_LEADER), 1)).steps())
                .isNotEmpty();
    }

    @Test
    void aFaultThatNeedsAClusterGetsOneAndGoesWithNoneOfASingleServer() {
        ChaosSettings settings = settings(null, List.of(Fault.KILL_PRIMARY, Fault.KILL_LEADER), 1);

        assertThat(settings.layout()).isEqualTo(new Layout(1, true, 1, false, Transport.LISTS));
        assertThat(settings(null, List.of(Fault.MOVE_CHANNEL), 1).layout())
                .isEqualTo(new Layout(1, true, 0, true, Transport.LISTS));
        assertThatThrownBy(() -> settings(null, List.of(Fault.MOVE_SLOT, Fault.KILL_STORE), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("kill-store");
        assertThatThrownBy(() -> settings("redis://h", List.of(Fault.MOVE_SLOT), 1))
                .hasMessageContaining("move-slot");
    }

    @Test
    void anUnknownFaultIsRefusedWithTheNamesThatThereAre() {
        assertThat(Fault.named("kill-leader")).isEqualTo(Fault.KILL_LEADER);
        assertThatThrownBy(() -> Fault.named("kill-everybody"))
                .hasMessageContaining("kill-everybody")
                .hasMessageContaining("pause-store-long");
    }

    private static ChaosSettings settings(@Nullable String redis, List<Fault> faults, long seed) {
        return new ChaosSettings(
                redis,
                faults,
                seed,
                Duration.ofSeconds(300),
                Duration.ofSeconds(10),
                1_000,
                200,
                2,
                2,
                Duration.ofSeconds(2),
                Duration.ofMillis(500),
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(30),
                32L << 20,
                Layout.SINGLE,
                true);
    }
}
