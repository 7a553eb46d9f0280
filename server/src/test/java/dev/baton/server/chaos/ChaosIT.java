package dev.baton.server.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.slice.Transport;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Faults in turn, on real processes under load: every message is accounted for, once. Starting processes is what takes
/// time, so all share one run; each waits until the one before is over.
class ChaosIT {

    private static final List<Fault> FAULTS =
            List.of(
                    Fault.KILL_LEADER,
                    Fault.PAUSE_LEADER,
                    Fault.LATE_DISPATCH,
                    Fault.CUT_LEADER,
                    Fault.KILL_WORKER,
                    Fault.LOST_REPLY,
                    Fault.KILL_STORE,
                    Fault.FLUSH_STORE,
                    Fault.FLUSH_SCRIPTS,
                    Fault.OUT_OF_MEMORY,
                    Fault.CUT_ALL,
                    Fault.FORGED_MARK,
                    Fault.REPLAYED_MARK,
                    Fault.BAD_INPUT);

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void everyMessageIsAccountedForOnce() throws InterruptedException {
        ChaosResult result = ShortRun.of(FAULTS, Layout.SINGLE);

        assertThat(result.verdict().committed()).isGreaterThan(300);
        assertThat(result.gaps()).isPositive();
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void withAConsumerGroupToo() throws InterruptedException {
        ChaosResult result = ShortRun.of(FAULTS, new Layout(1, false, 0, false, Transport.GROUP));

        assertThat(result.verdict().committed()).isGreaterThan(300);
        assertThat(result.gaps()).isPositive();
    }

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void inSeveralSlicesToo() throws InterruptedException {
        ChaosResult result =
                ShortRun.of(
                        List.of(Fault.KILL_LEADER, Fault.KILL_WORKER, Fault.CUT_ALL),
                        new Layout(3, false, 0, false, Transport.LISTS));

        assertThat(result.takeovers()).isPositive();
        assertThat(result.gaps()).isPositive();
    }
}
