package dev.baton.duty;

import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says once that a server is in trouble, and once that it is back, however many calls failed between. Thread-safe.
public final class Health {

    private static final Logger log = LoggerFactory.getLogger(Health.class);

    private final String who;
    private final String server;
    private final AtomicBoolean inTrouble = new AtomicBoolean();
    private final Map<NotYet, Integer> refusedLines = new ConcurrentHashMap<>();

    /// @param who the role that speaks, such as `worker w1`
    /// @param server what it talks to, as people know it, without secrets
    public Health(String who, String server) {
        this.who = who;
        this.server = server;
    }

    /// A call failed.
    public void failed(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message =
                cause instanceof CancellationException || cause.getMessage() == null
                        ? "connection lost"
                        : cause.getMessage();
        if (inTrouble.compareAndSet(false, true)) {
            log.warn(
                    "{}: no answer from {} ({}); trying again until it is back",
                    who,
                    server,
                    message);
        }
    }

    /// A call succeeded.
    public void succeeded() {
        if (inTrouble.get() && inTrouble.compareAndSet(true, false)) {
            log.info("{}: {} is back", who, server);
        }
    }

    /// A line of calls is refused from now on.
    void refused(RefusedException refusal) {
        NotYet reason = refusal.notYet();
        if (reason == null) {
            log.warn(
                    "{}: {} refused a call ({}); sending it again until it is accepted",
                    who,
                    server,
                    refusal.getMessage());
        } else if (refusedLines.merge(reason, 1, Integer::sum) == 1) {
            log.warn(
                    "{}: {} takes no calls now, {} ({}); trying again until it does",
                    who,
                    server,
                    reason.inWords(),
                    refusal.getMessage());
        }
    }

    /// A line of calls is not refused any more.
    void accepted(RefusedException before) {
        if (before.notYet() == null) {
            log.info("{}: {} accepted the call", who, server);
        } else if (forgotten(before)) {
            log.info("{}: {} takes calls again", who, server);
        }
    }

    /// A line of calls that was refused sends nothing more.
    ///
    /// @return whether it was the last that was refused for its reason
    boolean forgotten(RefusedException before) {
        NotYet reason = before.notYet();
        return reason != null
                && refusedLines.computeIfPresent(
                                reason, (which, lines) -> lines == 1 ? null : lines - 1)
                        == null;
    }
}
