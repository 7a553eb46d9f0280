package dev.baton.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CpuTest {

    private static final Cpu.Reading BEFORE =
            new Cpu.Reading(Map.of("1", 5_000_000L, "2", 9_000_000L), 100);

    @Test
    void countsNanosecondsOfThreadsThatLiveAlsoWhereOthersHaveEnded() {
        Cpu.Reading after = new Cpu.Reading(Map.of("1", 6_000_000L, "3", 500_000L), 101);

        assertThat(after.secondsSince(BEFORE)).isCloseTo(0.0015, within(1e-9));
    }

    @Test
    void stepsOfTheProcessShowWhatEndedThreadsTookOrEverythingWhereNothingElseIsKnown() {
        assertThat(new Cpu.Reading(Map.of("1", 6_000_000L), 150).secondsSince(BEFORE))
                .isCloseTo(0.48, within(1e-9));
        assertThat(new Cpu.Reading(Map.of(), 150).secondsSince(BEFORE))
                .isCloseTo(0.5, within(1e-9));
    }

    @Test
    void readsThisProcess() {
        long pid = ProcessHandle.current().pid();
        Cpu.Reading before = Cpu.read(pid);
        long end = System.nanoTime() + 30_000_000;
        long spun = 0;
        while (System.nanoTime() < end) {
            spun++;
        }

        assertThat(Cpu.read(pid).secondsSince(before)).as("after %d turns", spun).isPositive();
        assertThat(Heap.used(" garbage-first heap   total 65536K, used 2048K [0x0")).hasValue(2);
    }
}
