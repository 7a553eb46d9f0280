package dev.baton.source;

import dev.baton.redis.RedisConnector;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Publishes on the control channel of one process of a server, over a connection that is opened again when it breaks,
/// but only to that very process: another one's order is not the one that is listened to. Thread-safe.
final class Mouth implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Mouth.class);

    /// Wait between two attempts to open the connection again: what is not said meanwhile is said at the next beat.
    private static final Duration REOPEN_WAIT = Duration.ofMillis(100);

    private final RedisConnector connector;
    private final RedisURI server;
    private final byte[] channel;
    private final boolean sharded;
    private final String run;
    private final AtomicBoolean reopening = new AtomicBoolean();
    private volatile @Nullable StatefulRedisConnection<byte[], byte[]> connection;
    private volatile @Nullable OtherServerException elsewhere;
    private volatile boolean closed;

    /// The address leads to another process than the one that is listened to.
    static final class OtherServerException extends RedisException {
        private static final long serialVersionUID = 1L;

        OtherServerException() {
            super("the address leads to another server process by now");
        }
    }

    /// @param connector stays the caller's to close
    /// @param server where to connect
    /// @param channel where to publish
    /// @param sharded whether it is a sharded channel
    /// @param run the process that is listened to
    Mouth(RedisConnector connector, RedisURI server, byte[] channel, boolean sharded, String run) {
        this.connector = connector;
        this.server = server;
        this.channel = channel;
        this.sharded = sharded;
        this.run = run;
    }

    /// Opens the connection.
    ///
    /// @throws OtherServerException if it leads to another process
    void open() {
        StatefulRedisConnection<byte[], byte[]> opened = connector.connectOnce(server);
        try {
            if (!RunId.of(opened.sync().info("server")).equals(run)) {
                throw new OtherServerException();
            }
        } catch (RedisException e) {
            opened.close();
            throw e;
        }
        StatefulRedisConnection<byte[], byte[]> broken = connection;
        connection = opened;
        if (broken != null) {
            broken.close();
        }
        if (closed) {
            opened.close();
        }
    }

    /// Publishes. The future fails when it is not known whether it was published, and while there is no connection.
    CompletableFuture<Long> say(byte[] payload) {
        OtherServerException lost = elsewhere;
        if (lost != null) {
            return CompletableFuture.failedFuture(lost);
        }
        StatefulRedisConnection<byte[], byte[]> current = connection;
        if (current == null || !current.isOpen()) {
            reopen();
            return CompletableFuture.failedFuture(new RedisException("not connected"));
        }
        return (sharded
                        ? current.async().spublish(channel, payload)
                        : current.async().publish(channel, payload))
                .toCompletableFuture();
    }

    /// Asks the server. The future fails while there is no connection.
    CompletableFuture<String> info(String section) {
        StatefulRedisConnection<byte[], byte[]> current = connection;
        return current == null || !current.isOpen()
                ? CompletableFuture.failedFuture(new RedisException("not connected"))
                : current.async().info(section).toCompletableFuture();
    }

    private void reopen() {
        if (!closed && reopening.compareAndSet(false, true)) {
            Thread.ofVirtual().name("baton-control-reopen").start(this::openAgain);
        }
    }

    private void openAgain() {
        try {
            open();
            log.debug("the control channel can be published to again");
        } catch (OtherServerException e) {
            elsewhere = e;
        } catch (RuntimeException e) {
            log.debug("the control channel cannot be published to yet: {}", e.getMessage());
            try {
                Thread.sleep(REOPEN_WAIT);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        } finally {
            reopening.set(false);
        }
    }

    @Override
    public void close() {
        closed = true;
        StatefulRedisConnection<byte[], byte[]> current = connection;
        if (current != null) {
            var _ = current.closeAsync();
        }
    }
}
