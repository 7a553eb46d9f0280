package dev.baton.server.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.slice.Transport;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Faults of a cluster's nodes and slots, on real processes under load.
class ChaosClusterIT {

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void aSliceAndAShardedChannelMove() throws InterruptedException {
        ChaosResult result =
                ShortRun.of(
                        List.of(Fault.MOVE_SLOT, Fault.MOVE_CHANNEL),
                        new Layout(1, true, 0, true, Transport.LISTS));

        assertThat(result.takeovers()).isPositive();
    }

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void primariesAreKilledAndOneTakesATailAlong() throws InterruptedException {
        ChaosResult result =
                ShortRun.of(
                        List.of(Fault.KILL_PRIMARY, Fault.LOST_TAIL),
                        new Layout(1, true, 1, false, Transport.LISTS));

        assertThat(result.backAgain()).isPositive();
    }
}
