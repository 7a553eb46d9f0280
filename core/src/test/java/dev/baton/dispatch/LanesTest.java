package dev.baton.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.slice.Roster;
import dev.baton.slice.WorkerState;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LanesTest {

    private final Lanes lanes = new Lanes();
    private long nowNanos;

    @Test
    void whatWasSentSinceTheLookBeganCountsOnTopOfIt() {
        look(0, 0);
        lanes.sent("w", 5);
        lanes.asked();
        lanes.sent("w", 3);
        Lane lane = answer(5, 0);

        assertThat(lane.backlog()).isEqualTo(8);
    }

    @Test
    void aBusyWorkersRateIsMeasured() {
        look(1_000, 0);
        for (int second = 1; second <= 30; second++) {
            look(1_000, 100L * second);
        }

        assertThat(look(1_000, 3_100).perSecond()).isBetween(99.0, 101.0);
    }

    @Test
    void aWorkerWithNothingToDoIsNotTakenForASlowOne() {
        look(1_000, 0);
        look(1_000, 500);
        look(0, 1_500);
        look(0, 1_500);

        assertThat(look(0, 1_501).perSecond()).isGreaterThanOrEqualTo(500);
    }

    @Test
    void aWorkerThatSlowsDownIsFoundOut() {
        look(1_000, 0);
        look(1_000, 1_000);
        long head = 1_000;
        for (int second = 0; second < 20; second++) {
            head += 10;
            look(1_000, head);
        }

        assertThat(look(1_000, head + 10).perSecond()).isLessThan(20);
    }

    @Test
    void slowWorkersOfOneSpeedAreTakenForThatHoweverOftenTheyAreLookedAt() {
        SplittableRandom random = new SplittableRandom(1);
        double phase = random.nextDouble();
        for (int look = 0; look < 400; look++) {
            look(100, (long) (look * 0.05 + phase), 50);
        }

        assertThat(look(100, 20, 50).perSecond()).isBetween(0.4, 1.6);
    }

    private Lane look(long backlog, long head) {
        return look(backlog, head, 1_000);
    }

    private Lane look(long backlog, long head, long afterMillis) {
        nowNanos += TimeUnit.MILLISECONDS.toNanos(afterMillis);
        lanes.asked();
        return answer(backlog, head);
    }

    private Lane answer(long backlog, long head) {
        Roster roster =
                new Roster(
                        0,
                        List.of(new Roster.Seat("w", "i", 0, WorkerState.LIVE, 1, backlog, head)));
        lanes.observed(roster, nowNanos);
        return lanes.live(roster).getFirst();
    }
}
