package dev.baton.server.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A JVM whose wall clock is moved, and whose monotonic clock is not.
class ClockShimIT {

    private static final long HOUR = Duration.ofHours(1).toMillis();
    private static final long BUSY_MACHINE = Duration.ofMinutes(5).toMillis();

    @TempDir Path folder;

    @Test
    void everyWallClockJumpsAndTheMonotonicOneGoesOn() throws Exception {
        Path file = folder.resolve("clock");
        Process told =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElseThrow(),
                                ClockShim.agentIn(folder) + file,
                                "-cp",
                                System.getProperty("java.class.path"),
                                Clocks.class.getName())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (BufferedReader said = told.inputReader()) {
            long[] before = read(said.readLine());
            Files.writeString(file, Long.toString(-HOUR));
            long[] after = read(said.readLine());

            for (int clock = 0; clock < 3; clock++) {
                assertThat(before[clock] - System.currentTimeMillis())
                        .isBetween(-BUSY_MACHINE, BUSY_MACHINE);
                assertThat(after[clock] - System.currentTimeMillis())
                        .isBetween(-HOUR - BUSY_MACHINE, -HOUR + BUSY_MACHINE);
            }
            assertThat(after[3] - before[3]).isBetween(0L, BUSY_MACHINE);
        } finally {
            told.destroyForcibly();
        }
    }

    private static long[] read(String line) {
        return java.util.Arrays.stream(line.split(" ")).mapToLong(Long::parseLong).toArray();
    }

    /// Says what its clocks read, and again when the first of them has jumped.
    static final class Clocks {
        private Clocks() {}

        public static void main(String[] args) throws InterruptedException {
            say();
            long last = System.currentTimeMillis();
            while (Math.abs(System.currentTimeMillis() - last) < HOUR / 2) {
                Thread.sleep(10);
            }
            say();
        }

        private static void say() {
            System.out.println(
                    System.currentTimeMillis()
                            + " "
                            + Instant.now().toEpochMilli()
                            + " "
                            + Clock.systemUTC().millis()
                            + " "
                            + System.nanoTime() / 1_000_000);
        }
    }
}
