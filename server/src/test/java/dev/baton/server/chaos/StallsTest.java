package dev.baton.server.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StallsTest {

    private final Stalls stalls = new Stalls(new long[] {10, 20, 30, 30, 90, 100, 250, 260});

    @Test
    void theLongestTimeBetweenTwoCommitsIsFound() {
        assertThat(stalls.longest(0, 300, 300)).isEqualTo(150);
    }

    @Test
    void onlyStallsThatBeganInTheWindowCount() {
        assertThat(stalls.longest(15, 80, 300)).isEqualTo(60);
    }

    @Test
    void aStallThatGoesOnAfterTheWindowCountsWhole() {
        assertThat(stalls.longest(95, 110, 300)).isEqualTo(150);
    }

    @Test
    void aStallEndsWithTheLoad() {
        assertThat(stalls.longest(255, 400, 400)).isEqualTo(140);
        assertThat(stalls.longest(95, 110, 200)).isEqualTo(100);
    }

    @Test
    void noCommitAtAllIsOneLongStall() {
        assertThat(new Stalls(new long[0]).longest(100, 300, 300)).isEqualTo(200);
    }
}
