package dev.baton.redis;

import io.lettuce.core.RedisException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks all the time who is primary, and breaks connections to whoever is not any more: a primary that was replaced and
/// lives on may take writes for many seconds until a sentinel makes it a replica, and all of them are lost then. What is
/// opened again leads to the new one. Thread-safe.
final class PrimaryWatch implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PrimaryWatch.class);

    /// Bounds, with the time the sentinels take to agree, how long a primary that was replaced is gone on with.
    static final Duration LOOK = Duration.ofMillis(500);

    private final RedisAddress address;
    private final Sentinels sentinels;
    private final PrimaryAddress known;
    private final Object asking = new Object();
    private @Nullable Thread thread;
    private boolean closed;

    PrimaryWatch(RedisAddress address, Sentinels sentinels, PrimaryAddress known) {
        this.address = address;
        this.sentinels = sentinels;
        this.known = known;
    }

    /// Asks who is primary now. From the first time on somebody looks.
    ///
    /// @throws RedisException if no sentinel answers, or none knows the name
    Primary primary() {
        Primary now = ask();
        begin();
        return now;
    }

    /// Who is primary as far as is known, as `host:port`.
    String known() {
        Primary now = known.primary();
        return now == null ? "?" : now.toString();
    }

    private Primary ask() {
        synchronized (asking) {
            Primary last = known.primary();
            Primary now = sentinels.ask(last);
            known.set(now);
            if (last != null && !now.isAt(last)) {
                log.info("{}: {} is primary now, it was {}", address, now, last);
            }
            return now;
        }
    }

    private synchronized void begin() {
        if (thread == null && !closed) {
            thread = Thread.ofVirtual().name("baton-primary-watch").start(this::watch);
        }
    }

    private void watch() {
        boolean blind = false;
        while (!Thread.currentThread().isInterrupted()) {
            try {
                Thread.sleep(LOOK);
                var _ = ask();
                if (blind) {
                    log.info("{}: a sentinel answers again", address);
                }
                blind = false;
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                if (!blind && !isClosed()) {
                    log.warn(
                            "{}: {}; staying with {} meanwhile",
                            address,
                            e.getMessage(),
                            known.primary());
                }
                blind = true;
            }
            int broken = known.breakOthers();
            if (broken > 0) {
                log.debug("broke {} connections that do not lead to the primary", broken);
            }
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            if (thread != null) {
                thread.interrupt();
            }
        }
        sentinels.close();
    }
}
