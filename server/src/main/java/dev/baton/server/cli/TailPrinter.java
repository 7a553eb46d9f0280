package dev.baton.server.cli;

import dev.baton.redis.RedisAddress;
import dev.baton.slice.StreamEntry;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where the slices' entries come together. Says on standard error when Redis is lost and found again. Thread-safe.
final class TailPrinter {

    private final PrintStream out;
    private final EntryFormat format;
    private final RedisAddress store;
    private final Map<String, EntryId> lost = new HashMap<>();
    private long left;
    private boolean over;
    private @Nullable RuntimeException failure;

    /// @param most how many entries are printed
    TailPrinter(PrintStream out, EntryFormat format, long most, RedisAddress store) {
        this.out = out;
        this.format = format;
        this.left = most;
        this.store = store;
    }

    /// Prints what came of one slice.
    ///
    /// @return false if nothing more is wanted, or nobody reads it
    synchronized boolean print(String slice, List<StreamEntry> entries) {
        for (StreamEntry entry : entries) {
            if (over) {
                return false;
            }
            byte[] line = (format.line(slice, entry) + "\n").getBytes(StandardCharsets.UTF_8);
            out.write(line, 0, line.length);
            over = --left == 0;
        }
        over |= out.checkError();
        return !over;
    }

    /// A slice cannot be read for now. Of many only the first is told of.
    synchronized void lost(String slice, EntryId last, String why) {
        if (lost.isEmpty() && !over) {
            System.err.printf(
                    "lost Redis at %s: %s; goes on after %s%n", store, Visible.text(why), last);
        }
        lost.put(slice, last);
    }

    /// It can again.
    synchronized void found(String slice) {
        EntryId last = lost.remove(slice);
        if (last != null && lost.isEmpty()) {
            System.err.printf("Redis at %s is back; going on after %s%n", store, last);
        }
    }

    /// It never will.
    synchronized void failed(RuntimeException why) {
        if (failure == null && !over) {
            failure = why;
        }
        over = true;
    }

    synchronized @Nullable RuntimeException failure() {
        return failure;
    }

    synchronized boolean over() {
        return over;
    }

    synchronized void end() {
        over = true;
        out.flush();
    }
}
