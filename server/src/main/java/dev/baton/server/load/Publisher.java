package dev.baton.server.load;

import dev.baton.redis.RedisConnector;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Publishes messages over a connection of its own, on time: what a tick could not send, the next one makes up for.
/// One thread publishes; the counts may be read by any.
public final class Publisher implements AutoCloseable {

    /// Publications that wait for their answer at once.
    private static final int MAX_UNANSWERED = 2_000;

    /// How long one answer may take before the publisher gives up.
    private static final long ANSWER_TIMEOUT_MILLIS = 10_000;

    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final byte[] channel;
    private final boolean sharded;
    private final Semaphore unanswered = new Semaphore(MAX_UNANSWERED);
    private final LongAdder published = new LongAdder();
    private final LongAdder unheard = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final AtomicReference<@Nullable Throwable> firstFailure = new AtomicReference<>();

    /// @param connector the server; stays the caller's to close
    /// @param channel where to publish
    public Publisher(RedisConnector connector, String channel) {
        this(connector, channel, false);
    }

    /// @param connector the server; stays the caller's to close
    /// @param channel where to publish
    /// @param sharded whether it is a sharded channel
    public Publisher(RedisConnector connector, String channel, boolean sharded) {
        this.sharded = sharded;
        this.channel = channel.getBytes(StandardCharsets.UTF_8);
        this.connection = connector.connectToPublish(this.channel, sharded);
        this.connection.setAutoFlushCommands(false);
    }

    /// Publications the server confirmed.
    public long published() {
        return published.sum();
    }

    /// Those of them that nobody was subscribed to hear.
    public long unheard() {
        return unheard.sum();
    }

    /// Publications the server did not confirm: nobody knows whether they were heard.
    public long failed() {
        return failed.sum();
    }

    /// Why the first of those was not confirmed, or null if all were.
    public @Nullable Throwable firstFailure() {
        return firstFailure.get();
    }

    /// Publishes until the messages end or it is told to stop, then waits for the answers.
    ///
    /// @param perSecond how many a second, 0 for as fast as the server takes them
    /// @param stop asked at each tick
    /// @throws IllegalStateException if the server does not answer any more
    public void publish(Messages messages, long perSecond, BooleanSupplier stop)
            throws InterruptedException {
        long began = System.nanoTime();
        long sent = 0;
        while (!messages.ended() && !stop.getAsBoolean()) {
            long due =
                    perSecond == 0
                            ? sent + MAX_UNANSWERED
                            : (long) ((System.nanoTime() - began) / 1e9 * perSecond) + 1;
            long sentBefore = sent;
            byte[] message = sent < due ? messages.next() : null;
            while (message != null) {
                send(message);
                sent++;
                message = sent < due ? messages.next() : null;
            }
            connection.flushCommands();
            if (perSecond > 0 || sent == sentBefore) {
                TimeUnit.NANOSECONDS.sleep(TICK_NANOS);
            }
        }
        connection.flushCommands();
        awaitAnswers(MAX_UNANSWERED);
        unanswered.release(MAX_UNANSWERED);
    }

    private void awaitAnswers(int permits) throws InterruptedException {
        if (!unanswered.tryAcquire(permits, ANSWER_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) {
            throw new IllegalStateException("the server does not answer publications any more");
        }
    }

    private void send(byte[] message) throws InterruptedException {
        if (!unanswered.tryAcquire()) {
            connection.flushCommands();
            awaitAnswers(1);
        }
        (sharded
                        ? connection.async().spublish(channel, message)
                        : connection.async().publish(channel, message))
                .whenComplete(
                        (receivers, failure) -> {
                            count(receivers, failure);
                            // Last: whoever waits for the answers reads the counts next.
                            unanswered.release();
                        });
    }

    private void count(@Nullable Long receivers, @Nullable Throwable failure) {
        if (failure != null) {
            firstFailure.compareAndSet(null, failure);
            failed.increment();
            return;
        }
        published.increment();
        if (receivers != null && receivers == 0) {
            unheard.increment();
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
