package dev.baton.server.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Faults of a cluster's nodes and slots, on real processes under load.
class ChaosClusterIT {

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void aSlotMovesAndAPrimaryIsKilled() throws InterruptedException {
        ChaosResult result =
                ShortRun.of(
                        List.of(Fault.MOVE_SLOT, Fault.KILL_PRIMARY, Fault.KILL_LEADER),
                        new Layout(2, true, 1, false));

        assertThat(result.takeovers()).isPositive();
    }

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void theTailThatAReplicaNeverGotIsDispatchedAgain() throws InterruptedException {
        ChaosResult result = ShortRun.of(List.of(Fault.LOST_TAIL), new Layout(1, true, 1, false));

        assertThat(result.backAgain()).isPositive();
        assertThat(result.gaps()).isZero();
    }

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void theSlotOfAShardedChannelMoves() throws InterruptedException {
        ChaosResult result = ShortRun.of(List.of(Fault.MOVE_CHANNEL), new Layout(1, true, 0, true));

        assertThat(result.takeovers()).isPositive();
    }
}
