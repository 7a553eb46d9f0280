package dev.baton.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TakeWatchTest {

    private static final long BEAT = TimeUnit.MILLISECONDS.toNanos(100);

    private final TakeWatch watch = new TakeWatch(BEAT);
    private long nowNanos = -5 * BEAT;

    private long look(boolean waiting, boolean allBusy, long taken, long afterNanos) {
        nowNanos += afterNanos;
        return watch.look(waiting, allBusy, taken, nowNanos);
    }

    @Test
    void countsFromTheFirstLookAtWhichSomethingCouldHaveBeenTaken() {
        assertThat(look(false, false, 7, BEAT)).isZero();
        assertThat(look(true, false, 7, BEAT)).isZero();
        assertThat(look(true, false, 7, BEAT)).isEqualTo(BEAT);
        assertThat(look(true, false, 7, BEAT / 2)).isEqualTo(BEAT * 3 / 2);
    }

    @Test
    void anEntryMayWaitForAsLongAsAllThreadsAreAtWorkOnOthers() {
        look(true, true, 7, BEAT);
        for (int i = 0; i < 100; i++) {
            assertThat(look(true, true, 7, BEAT)).isZero();
        }
        assertThat(look(true, false, 7, BEAT)).as("one came free a moment ago").isZero();
        assertThat(look(true, true, 8, BEAT)).isZero();
        assertThat(look(true, false, 8, BEAT)).isZero();
    }

    @Test
    void whoeverTakesAnythingInAnySliceShowsThatThreadsTake() {
        look(true, false, 7, BEAT);
        assertThat(look(true, false, 7, BEAT)).isPositive();
        assertThat(look(true, false, 8, BEAT)).isZero();
        assertThat(look(true, false, 8, BEAT)).isEqualTo(BEAT);
        assertThat(look(false, false, 8, BEAT)).isZero();
    }

    @Test
    void timeInWhichThisProcessStoodStillIsNoStall() {
        look(true, false, 7, BEAT);
        assertThat(look(true, false, 7, 100 * BEAT)).isEqualTo(BEAT);
    }
}
