package dev.baton.server.chaos;

import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Publishes at a steady rate over one connection and keeps what the server said to each publication.
///
/// Unlike an honest publisher it never sends anything twice and never waits for a server that is away: what falls due
/// meanwhile is not sent, or fails, so that an id's place in the channel is known whatever happens.
final class Load implements AutoCloseable {

    /// Of so many messages one asks for another attempt, and one to be rejected.
    private static final int ORDERS_EVERY = 200;

    private static final int AGAIN = 50;
    private static final int REJECT = 150;
    private static final int MAX_UNANSWERED = 3_000;
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long ANSWER_TIMEOUT_MILLIS = 8_000;

    private StatefulRedisConnection<byte[], byte[]> connection;
    private final AtomicReference<@Nullable StatefulRedisConnection<byte[], byte[]>> next =
            new AtomicReference<>();
    private final boolean sharded;
    private final byte[] channel;
    private final String run;
    private final long rate;
    private final int size;
    private final Semaphore unanswered = new Semaphore(MAX_UNANSWERED);
    private final BitSet heard = new BitSet();
    private final BitSet unheard = new BitSet();
    private final BitSet unfit = new BitSet();
    private final Queue<Extra> extras = new ArrayDeque<>();
    private final Thread thread;
    private volatile boolean stopping;
    private volatile int sent;

    /// A message between the others.
    ///
    /// @param make makes it from its id
    /// @param fit whether it may be committed
    /// @param answered done when the server answered, or its time was over
    private record Extra(
            Function<String, byte[]> make, boolean fit, CompletableFuture<Void> answered) {}

    /// @param connection to the source; becomes ours
    /// @param channel where to publish
    /// @param sharded whether it is a sharded channel
    /// @param run begins every id; letters and digits
    /// @param rate messages a second
    /// @param size of a message in bytes
    Load(
            StatefulRedisConnection<byte[], byte[]> connection,
            String channel,
            boolean sharded,
            String run,
            long rate,
            int size) {
        this.connection = connection;
        this.sharded = sharded;
        this.connection.setAutoFlushCommands(false);
        this.channel = channel.getBytes(StandardCharsets.UTF_8);
        this.run = run;
        this.rate = rate;
        this.size = size;
        this.thread = Thread.ofPlatform().daemon().name("baton-chaos-load").unstarted(this::work);
    }

    void start() {
        thread.start();
    }

    /// Goes on at another server. What the one before did not answer, nobody knows of.
    ///
    /// @param other becomes ours
    void follow(StatefulRedisConnection<byte[], byte[]> other) {
        other.setAutoFlushCommands(false);
        StatefulRedisConnection<byte[], byte[]> unused = next.getAndSet(other);
        if (unused != null) {
            unused.close();
        }
    }

    /// Publications sent so far.
    int sent() {
        return sent;
    }

    /// Publishes a message of another kind as soon as possible, between the others. It must become a dead letter.
    ///
    /// @param unfitMessage makes it from its id, which it must contain, followed by neither letter nor digit
    /// @return done when the server answered, or its time was over
    Future<Void> add(Function<String, byte[]> unfitMessage) {
        return add(unfitMessage, false);
    }

    /// The same for a message that may be committed.
    Future<Void> addFit(Function<String, byte[]> message) {
        return add(message, true);
    }

    private Future<Void> add(Function<String, byte[]> make, boolean fit) {
        Extra extra = new Extra(make, fit, new CompletableFuture<>());
        synchronized (extras) {
            extras.add(extra);
        }
        return extra.answered();
    }

    private void work() {
        long began = System.nanoTime();
        long due = 0;
        long given = 0;
        try {
            while (!stopping) {
                change();
                due = (long) ((System.nanoTime() - began) / 1e9 * rate) + 1;
                // What fell due more than a second ago is given up: no storm after a pause.
                given = Math.max(given, due - rate);
                sendExtras();
                while (given < due && unanswered.tryAcquire()) {
                    given++;
                    sendNext();
                }
                connection.flushCommands();
                TimeUnit.NANOSECONDS.sleep(TICK_NANOS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void change() {
        StatefulRedisConnection<byte[], byte[]> other = next.getAndSet(null);
        if (other != null) {
            connection.close();
            connection = other;
        }
    }

    private void sendExtras() {
        synchronized (extras) {
            while (!extras.isEmpty() && unanswered.tryAcquire()) {
                int ordinal = sent;
                Extra extra = extras.remove();
                synchronized (heard) {
                    unfit.set(ordinal, !extra.fit());
                }
                var _ =
                        send(ordinal, extra.make().apply(id(ordinal)))
                                .whenComplete(
                                        (receivers, failure) -> extra.answered().complete(null));
            }
        }
    }

    /// Some ask for another attempt, or to be rejected.
    private void sendNext() {
        int ordinal = sent;
        String order =
                ordinal % ORDERS_EVERY == AGAIN
                        ? "again"
                        : ordinal % ORDERS_EVERY == REJECT ? "reject" : "";
        if (!order.isEmpty()) {
            synchronized (heard) {
                unfit.set(ordinal, order.equals("reject"));
            }
        }
        var _ = send(ordinal, message(id(ordinal), order));
    }

    /// Begins the id of every message.
    String idPrefix() {
        return run + "-";
    }

    private String id(int ordinal) {
        return idPrefix() + ordinal;
    }

    private byte[] message(String id, String order) {
        String asks = order.isEmpty() ? "" : TouchyWorker.ORDER + order + "\",";
        String head = "{\"message_id\":\"" + id + "\"," + asks + "\"data\":\"";
        int padding = Math.max(0, size - head.length() - 2);
        return (head + "x".repeat(padding) + "\"}").getBytes(StandardCharsets.UTF_8);
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // one thread writes
    private CompletionStage<Long> send(int ordinal, byte[] message) {
        sent = ordinal + 1;
        return (sharded
                        ? connection.async().spublish(channel, message)
                        : connection.async().publish(channel, message))
                .whenComplete(
                        (receivers, failure) -> {
                            if (failure == null) {
                                synchronized (heard) {
                                    (receivers > 0 ? heard : unheard).set(ordinal);
                                }
                            }
                            unanswered.release();
                        });
    }

    /// Stops, and waits a while for what was not answered yet.
    void stop() throws InterruptedException {
        stopping = true;
        thread.join(ANSWER_TIMEOUT_MILLIS);
        if (unanswered.tryAcquire(MAX_UNANSWERED, ANSWER_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) {
            unanswered.release(MAX_UNANSWERED);
        }
    }

    /// What is known now.
    Answers answers() {
        synchronized (heard) {
            return new Answers(
                    sent, (BitSet) heard.clone(), (BitSet) unheard.clone(), (BitSet) unfit.clone());
        }
    }

    @Override
    public void close() {
        stopping = true;
        thread.interrupt();
        change();
        connection.close();
    }
}
