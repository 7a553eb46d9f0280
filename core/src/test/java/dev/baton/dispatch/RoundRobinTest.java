package dev.baton.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RoundRobinTest {

    private final LaneChoice choice = LaneChoice.roundRobin();

    @Test
    void givesEveryLaneItsTurnAcrossBatches() {
        int[] sums = new int[3];
        for (int batch = 0; batch < 300; batch++) {
            int[] counts = choice.share(batch % 7 + 1, lanes(3));
            for (int lane = 0; lane < 3; lane++) {
                sums[lane] += counts[lane];
            }
        }

        assertThat(sums[0] + sums[1] + sums[2]).isEqualTo(300 / 7 * 28 + 1 + 2 + 3 + 4 + 5 + 6);
        assertThat(List.of(sums[0], sums[1], sums[2]))
                .allSatisfy(sum -> assertThat(Math.abs(sum - sums[0])).isLessThan(2));
    }

    @Test
    void survivesLanesComingAndGoing() {
        assertThat(choice.share(5, lanes(4))).containsExactly(2, 1, 1, 1);
        assertThat(choice.share(1, lanes(1))).containsExactly(1);
        assertThat(choice.share(3, lanes(2))).hasSize(2);
    }

    private static List<Lane> lanes(int count) {
        return java.util.stream.IntStream.range(0, count)
                .mapToObj(i -> new Lane("w" + i, 1, 0, 0))
                .toList();
    }
}
