package dev.baton.slice;

import java.util.List;
import java.util.Map;

/// Everything a slice holds at one moment.
///
/// @param node the server that answered, as `host:port`
/// @param lead fields of the lead hash
/// @param ledger the counters
/// @param waiting entries that wait for a worker
/// @param retry entries that wait for another attempt
/// @param stream entries of the output stream
/// @param dead dead letters kept
/// @param gaps declared losses kept
/// @param storeMillis the store's time of the look
/// @param workers all that are registered
public record Books(
        String node,
        Map<String, String> lead,
        Map<String, Long> ledger,
        long waiting,
        long retry,
        long stream,
        long dead,
        long gaps,
        long storeMillis,
        List<WorkerBooks> workers) {

    /// How long ago the watermark moved, by the store's clock, in milliseconds. A slice that is led moves it at each mark, also when
    /// nothing is published.
    ///
    /// @return -1 if the slice was never led
    public long watermarkAgeMillis() {
        String moved = lead.get("moved");
        return moved == null ? -1 : Math.max(0, storeMillis - Long.parseLong(moved));
    }

    /// Messages that were ever taken in: dispatched or replayed.
    public long accepted() {
        return count("dispatched") + count("replayed");
    }

    /// Messages whose whereabouts are known: finished one way or another, or still held.
    public long accountedFor() {
        return count("committed") + count("dead") + count("dropped") + backlog() + retry;
    }

    /// Messages in lanes and waiting.
    public long backlog() {
        long backlog = waiting;
        for (WorkerBooks worker : workers) {
            backlog += worker.backlog();
        }
        return backlog;
    }

    /// Dead letters that are to be there: those of all that died which nobody replayed, discarded or trimmed.
    public long deadExpected() {
        return count("dead") - count("replayed") - count("discarded") - count("dead_trimmed");
    }

    /// Whether nothing is missing and nothing is there twice.
    public boolean balanced() {
        return accepted() == accountedFor();
    }

    /// One counter of the ledger.
    ///
    /// @return 0 if it was never moved
    public long count(String name) {
        return ledger.getOrDefault(name, 0L);
    }
}
