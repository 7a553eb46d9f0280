package dev.baton.server.cli;

import dev.baton.duty.Backoff;
import dev.baton.duty.NotYet;
import dev.baton.slice.SliceTail;
import dev.baton.slice.StreamEntry;
import io.lettuce.core.RedisCommandExecutionException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/// Reads one slice's stream on a thread of its own, which ends with [#close].
final class TailFollower implements AutoCloseable {

    /// Entries in one answer; each may be as large as a message.
    private static final int AT_ONCE = 100;

    private final SliceTail tail;
    private final TailPrinter printer;
    private volatile boolean closed;

    TailFollower(SliceTail tail, TailPrinter printer) {
        this.tail = tail;
        this.printer = printer;
    }

    /// @param after the id behind which it reads
    void start(EntryId after) {
        Thread.ofVirtual().name("baton-tail-" + tail.stream()).start(() -> follow(after));
    }

    private void follow(EntryId after) {
        EntryId last = after;
        Backoff backoff = new Backoff(ThreadLocalRandom.current());
        while (!closed) {
            try {
                List<StreamEntry> entries = tail.read(last.toString(), AT_ONCE).join();
                printer.found(tail.stream());
                backoff.reset();
                if (!entries.isEmpty()) {
                    if (!printer.print(tail.stream(), entries)) {
                        return;
                    }
                    last = EntryId.parse(entries.getLast().id());
                }
            } catch (RuntimeException e) {
                if (closed) {
                    return;
                }
                Throwable cause =
                        e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
                String why = String.valueOf(cause.getMessage());
                if (cause instanceof RedisCommandExecutionException && NotYet.of(why) == null) {
                    printer.failed(e);
                    return;
                }
                printer.lost(tail.stream(), last, why);
                LockSupport.parkNanos(backoff.nextNanos());
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        tail.close();
    }
}
