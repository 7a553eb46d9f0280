package dev.baton.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LeastBacklogTest {

    private final LaneChoice choice = LaneChoice.leastBacklog();

    @Test
    void lanesOfEqualWorkersAreFilledToOneLength() {
        assertThat(
                        choice.share(
                                60,
                                List.of(lane("a", 0, 100), lane("b", 30, 100), lane("c", 0, 100))))
                .containsExactly(30, 0, 30);
    }

    @Test
    void aSlowWorkerGetsNoMoreThanItCanFinishInTheSameTime() {
        assertThat(
                        choice.share(
                                210,
                                List.of(
                                        lane("a", 0, 1000),
                                        lane("b", 0, 1000),
                                        lane("slow", 0, 100))))
                .containsExactly(100, 100, 10);
    }

    @Test
    void aLaneThatIsBehindGetsNothingUntilTheOthersAre() {
        assertThat(choice.share(10, List.of(lane("a", 0, 100), lane("b", 500, 100))))
                .containsExactly(10, 0);
    }

    @Test
    void whoeverWasNeverSeenAtWorkIsTakenForOneOfTheOthers() {
        assertThat(choice.share(20, List.of(lane("a", 0, 100), lane("new", 0, 0))))
                .containsExactly(10, 10);
    }

    @Test
    void singleMessagesGoAroundAmongLanesThatAreAlike() {
        int[] sums = new int[3];
        for (int i = 0; i < 300; i++) {
            int[] counts =
                    choice.share(1, List.of(lane("a", 0, 5), lane("b", 0, 5), lane("c", 0, 5)));
            for (int lane = 0; lane < 3; lane++) {
                sums[lane] += counts[lane];
            }
        }

        assertThat(sums).containsExactly(100, 100, 100);
    }

    @Test
    void whateverTheLanesAreEveryMessageGoesSomewhereAndNoneIsMadeUp() {
        for (long seed = 0; seed < 2_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<Lane> lanes =
                    IntStream.rangeClosed(0, random.nextInt(8))
                            .mapToObj(
                                    i ->
                                            lane(
                                                    "w" + i,
                                                    random.nextInt(3) == 0
                                                            ? 0
                                                            : random.nextInt(5_000),
                                                    random.nextInt(4) == 0
                                                            ? 0
                                                            : random.nextDouble() * 5_000))
                            .toList();
            int messages = 1 + random.nextInt(1_000);

            int[] counts = choice.share(messages, lanes);

            assertThat(Arrays.stream(counts).sum()).as("seed %d", seed).isEqualTo(messages);
            assertThat(Arrays.stream(counts).min().orElse(-1)).as("seed %d", seed).isNotNegative();
        }
    }

    private static Lane lane(String worker, long backlog, double perSecond) {
        return new Lane(worker, 1, backlog, perSecond);
    }
}
