package dev.baton.simulation;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.zip.CRC32C;

/// What happened, line by line, if anybody wants to know: most runs are only judged.
final class Trace {

    private final Scheduler scheduler;
    private final boolean kept;
    private final List<String> lines = new ArrayList<>();

    Trace(Scheduler scheduler, boolean kept) {
        this.scheduler = scheduler;
        this.kept = kept;
    }

    void line(String who, Supplier<String> what) {
        if (kept) {
            lines.add(
                    String.format(
                            Locale.ROOT,
                            "%10.3f ms  %-10s %s",
                            scheduler.nowNanos() / 1e6,
                            who,
                            what.get()));
        }
    }

    List<String> lines() {
        return lines;
    }

    /// A checksum over all lines.
    long digest() {
        CRC32C sum = new CRC32C();
        for (String line : lines) {
            sum.update(line.getBytes(StandardCharsets.UTF_8));
        }
        return sum.getValue();
    }
}
