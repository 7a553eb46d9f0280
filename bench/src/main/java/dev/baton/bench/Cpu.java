package dev.baton.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What processes cost, as Linux counts it: in steps of 10 ms.
final class Cpu {

    private static final double SECONDS_A_TICK = 0.01;
    private static final int USER_TICKS = 11;
    private static final int SYSTEM_TICKS = 12;

    private Cpu() {}

    /// Processor time a process took since it began, in seconds.
    static double seconds(long pid) {
        String[] fields = afterName(Path.of("/proc", Long.toString(pid), "stat")).split(" ", -1);
        return SECONDS_A_TICK
                * (Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS]));
    }

    /// The most memory a process has had resident, in MiB.
    static double peakMebibytes(long pid) {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                            .filter(line -> line.startsWith("VmHWM:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .findFirst()
                            .orElse(0)
                    / 1024.0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The name stands in brackets and may hold anything.
    private static String afterName(Path stat) {
        try {
            String line = Files.readString(stat);
            return line.substring(line.lastIndexOf(')') + 2);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
