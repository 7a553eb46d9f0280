package dev.baton.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// What processes cost, as Linux counts it: in nanoseconds for each thread that lives, and in steps of 10 ms for a whole
/// process, with the threads that have ended.
final class Cpu {

    private static final double SECONDS_A_TICK = 0.01;
    private static final int USER_TICKS = 11;
    private static final int SYSTEM_TICKS = 12;

    /// User's and system's time are cut to whole steps, each.
    private static final int UNSURE_TICKS = 2;

    private Cpu() {}

    /// What a process had taken at a moment.
    ///
    /// @param nanos by thread; empty where the system does not tell
    /// @param ticks of the whole process
    record Reading(Map<String, Long> nanos, long ticks) {

        /// Processor time between two readings, in seconds. Where a thread ended in between, the whole process' steps show
        /// that more was taken than the others did.
        double secondsSince(Reading before) {
            long elapsedTicks = ticks - before.ticks;
            if (nanos.isEmpty()) {
                return elapsedTicks * SECONDS_A_TICK;
            }
            long elapsed = 0;
            for (Map.Entry<String, Long> thread : nanos.entrySet()) {
                elapsed +=
                        Math.max(
                                0,
                                thread.getValue() - before.nanos.getOrDefault(thread.getKey(), 0L));
            }
            return Math.max(elapsed / 1e9, (elapsedTicks - UNSURE_TICKS) * SECONDS_A_TICK);
        }
    }

    /// Reads what a process took since it began.
    ///
    /// @throws UncheckedIOException if it has ended
    static Reading read(long pid) {
        Path process = Path.of("/proc", Long.toString(pid));
        try {
            String[] fields = afterName(process.resolve("stat")).split(" ", -1);
            return new Reading(
                    threadNanos(process.resolve("task")),
                    Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS]));
        } catch (IOException e) {
            throw new UncheckedIOException("process " + pid + " has ended", e);
        }
    }

    /// The most memory a process has had resident, in MiB.
    ///
    /// @throws UncheckedIOException if it has ended
    static double peakMebibytes(long pid) {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                            .filter(line -> line.startsWith("VmHWM:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .findFirst()
                            .orElse(0)
                    / 1024.0;
        } catch (IOException e) {
            throw new UncheckedIOException("process " + pid + " has ended", e);
        }
    }

    private static Map<String, Long> threadNanos(Path threads) throws IOException {
        Map<String, Long> nanos = new HashMap<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(threads)) {
            for (Path thread : all) {
                try {
                    String line = Files.readString(thread.resolve("schedstat"));
                    nanos.put(
                            thread.getFileName().toString(),
                            Long.parseLong(line.substring(0, line.indexOf(' '))));
                } catch (NoSuchFileException ended) {
                    // Threads end, or this kernel does not count.
                }
            }
        }
        return nanos;
    }

    /// The name stands in brackets and may hold anything.
    private static String afterName(Path stat) throws IOException {
        String line = Files.readString(stat);
        return line.substring(line.lastIndexOf(')') + 2);
    }
}
