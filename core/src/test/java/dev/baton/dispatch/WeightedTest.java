package dev.baton.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class WeightedTest {

    private final LaneChoice choice = LaneChoice.weighted();
    private final List<Lane> lanes = List.of(lane("a", 1), lane("b", 3), lane("c", 6));

    @Test
    void eachLaneGetsItsShareOverManySmallBatches() {
        int[] sums = new int[3];
        int messages = 0;
        for (int batch = 0; batch < 1_000; batch++) {
            int size = batch % 3 + 1;
            int[] counts = choice.share(size, lanes);
            assertThat(Arrays.stream(counts).sum()).isEqualTo(size);
            for (int lane = 0; lane < 3; lane++) {
                sums[lane] += counts[lane];
            }
            messages += size;
        }

        assertThat((double) sums[0] / messages).isBetween(0.099, 0.101);
        assertThat((double) sums[1] / messages).isBetween(0.299, 0.301);
    }

    @Test
    void lanesComeAndGo() {
        choice.share(7, lanes);

        assertThat(choice.share(10, List.of(lane("new", 2), lane("newer", 3))))
                .containsExactly(4, 6);
    }

    private static Lane lane(String worker, int capacity) {
        return new Lane(worker, capacity, 0, 0);
    }
}
