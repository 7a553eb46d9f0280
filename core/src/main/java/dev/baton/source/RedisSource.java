package dev.baton.source;

import dev.baton.redis.PushListener;
import dev.baton.redis.RedisConnector;
import dev.baton.redis.RedisUnreachableException;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.pubsub.RedisPubSubListener;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.pubsub.api.sync.RedisPubSubCommands;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.varhandle.SpscChunkedVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Publications of one Redis server. An incarnation has two connections to the same process of the server: the ears listen
/// and do nothing else, and when they break the incarnation is over; the [Mouth] publishes and may be opened again.
public final class RedisSource implements Source {

    private static final Logger log = LoggerFactory.getLogger(RedisSource.class);

    /// Publications that may lie between the event loop and the reader; beyond it the reader has fallen behind for good.
    static final int MAX_QUEUED_MESSAGES = 1 << 17;

    private static final int QUEUE_CHUNK = 1 << 10;

    /// Bytes that may lie there.
    static final long MAX_QUEUED_BYTES = 64L << 20;

    /// How often a dispatcher that announces looks whether the server is still a primary.
    private static final long ROLE_LOOK_NANOS = 1_000_000_000;

    private final RedisConnector connector;
    private final Listening listening;
    private final byte[] control;
    private volatile String said = "";

    /// @param connector stays the caller's to close
    /// @param listening what to listen to
    /// @param control the control channel, which only dispatchers of this pipeline use
    public RedisSource(RedisConnector connector, Listening listening, String control) {
        this.connector = connector;
        this.listening = listening;
        this.control = bytes(listening.control(control));
    }

    @Override
    public Subscription subscribe(Runnable wake) {
        boolean sharded = listening instanceof Listening.Sharded;
        byte[] leading = bytes(listening.leading());
        RedisURI server = sharded ? connector.shardServerOf(leading) : connector.serverOf(leading);
        Publications publications = new Publications();
        StatefulRedisPubSubConnection<byte[], byte[]> ears =
                connector.connectToListen(server, publications);
        Mouth mouth = null;
        try {
            String info = ears.sync().info("server");
            sayWhichNode(server, info);
            String run = RunId.of(info);
            refuseReplica(ears.sync().info("replication"));
            mouth = new Mouth(connector, server, control, sharded, run);
            mouth.open();
            Incarnation incarnation = new Incarnation(ears, mouth, Digest.of(run), wake);
            publications.goTo(incarnation);
            ears.addListener((RedisPubSubListener<byte[], byte[]>) incarnation);
            ears.addListener((RedisConnectionStateListener) incarnation);
            subscribe(ears.sync());
            return incarnation;
        } catch (RedisUnreachableException e) {
            abandon(ears, mouth);
            throw e;
        } catch (RedisException e) {
            abandon(ears, mouth);
            throw new RedisUnreachableException(
                    "cannot subscribe at " + connector.address() + ": " + e.getMessage(), e);
        }
    }

    /// A replica hears what its primary hears as long as the link between them holds, and does not say what it missed.
    private void refuseReplica(String info) {
        if (Role.isReplica(info)) {
            throw new RedisException(
                    "it is a replica, which may miss publications; give its primary");
        }
    }

    /// A cluster hands a publication on from node to node, and may drop it there: publishers should know the node.
    private void sayWhichNode(RedisURI server, String info) {
        String node = server.getHost() + ":" + server.getPort();
        // Valkey calls it server_mode.
        if (info.contains("_mode:cluster") && !node.equals(said)) {
            said = node;
            log.info(
                    listening instanceof Listening.Sharded
                            ? "listening at {}, which serves the slot of the channel"
                            : "listening at {}, one node of a cluster: publish there, what is published at others may be lost on its way",
                    node);
        }
    }

    private static void abandon(
            StatefulRedisPubSubConnection<byte[], byte[]> ears, @Nullable Mouth mouth) {
        ears.close();
        if (mouth != null) {
            mouth.close();
        }
    }

    /// The data channels first: every mark that is heard then comes after the first message that could be.
    private void subscribe(RedisPubSubCommands<byte[], byte[]> commands) {
        switch (listening) {
            case Listening.Channels exact -> commands.subscribe(withControl(exact.channels()));
            case Listening.Sharded exact -> commands.ssubscribe(withControl(exact.channels()));
            case Listening.Pattern one -> {
                commands.psubscribe(bytes(one.pattern()));
                commands.subscribe(control);
            }
        }
    }

    private byte[][] withControl(List<String> names) {
        byte[][] all = new byte[names.size() + 1][];
        for (int i = 0; i < names.size(); i++) {
            all[i] = bytes(names.get(i));
        }
        all[names.size()] = control;
        return all;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /// Nothing is published to a connection before it subscribes.
    private static final class Publications implements PushListener {

        private volatile @Nullable Incarnation to;

        void goTo(Incarnation incarnation) {
            to = incarnation;
        }

        @Override
        public void publications(byte[] bytes, int[] spans, int count) {
            Incarnation incarnation = to;
            if (incarnation != null) {
                incarnation.take(bytes, spans, count);
            }
        }
    }

    /// Written by the connection's event loop, read by the dispatcher.
    private final class Incarnation
            implements Subscription,
                    RedisPubSubListener<byte[], byte[]>,
                    RedisConnectionStateListener {

        private static final byte[] NO_CHANNEL = {};

        private final StatefulRedisPubSubConnection<byte[], byte[]> ears;
        private final Mouth mouth;
        private final long node;
        private final Runnable wake;
        private final boolean several = listening.several();
        private final SpscChunkedVarHandleArrayQueue<Heard> queue =
                new SpscChunkedVarHandleArrayQueue<>(QUEUE_CHUNK, MAX_QUEUED_MESSAGES);
        private final AtomicLong queuedBytes = new AtomicLong();
        private final AtomicBoolean over = new AtomicBoolean();
        private volatile @Nullable String cause;
        private boolean endHandedOver;
        private long lookedNanos = System.nanoTime();

        Incarnation(
                StatefulRedisPubSubConnection<byte[], byte[]> ears,
                Mouth mouth,
                long node,
                Runnable wake) {
            this.ears = ears;
            this.mouth = mouth;
            this.node = node;
            this.wake = wake;
        }

        /// What is announced between publications is taken at its place.
        void take(byte[] bytes, int[] spans, int count) {
            int from = 0;
            for (int i = 0; i < count; i++) {
                int at = i * PushListener.SPAN;
                int channel = spans[at];
                if (Arrays.equals(
                        bytes, channel, channel + spans[at + 1], control, 0, control.length)) {
                    takeBetween(bytes, spans, from, i);
                    int payload = spans[at + 2];
                    take(
                            new Heard.Announcement(
                                    Arrays.copyOfRange(bytes, payload, payload + spans[at + 3])),
                            spans[at + 3]);
                    from = i + 1;
                }
            }
            takeBetween(bytes, spans, from, count);
        }

        private void takeBetween(byte[] bytes, int[] spans, int from, int to) {
            if (from < to) {
                int[] some =
                        from == 0
                                ? spans
                                : Arrays.copyOfRange(
                                        spans, from * PushListener.SPAN, to * PushListener.SPAN);
                int length =
                        spans[(to - 1) * PushListener.SPAN + 2] - spans[from * PushListener.SPAN];
                take(
                        new Heard.Publications(bytes, some, to - from, several),
                        length + spans[(to - 1) * PushListener.SPAN + 3]);
            }
        }

        @Override
        public void message(byte[] channel, byte[] message) {
            if (Arrays.equals(channel, control)) {
                take(new Heard.Announcement(message), message.length);
            } else {
                take(
                        new Heard.Publication(several ? channel : NO_CHANNEL, message),
                        message.length);
            }
        }

        @Override
        public void smessage(byte[] channel, byte[] message) {
            message(channel, message);
        }

        /// A pattern may fit the control channel too, which would then be heard twice.
        @Override
        public void message(byte[] pattern, byte[] channel, byte[] message) {
            if (!Arrays.equals(channel, control)) {
                take(new Heard.Publication(channel, message), message.length);
            }
        }

        private void take(Heard heard, int bytes) {
            if (over.get()) {
                return;
            }
            if (queuedBytes.get() + bytes > MAX_QUEUED_BYTES || !queue.offer(heard)) {
                end("the dispatcher fell behind by " + queuedBytes.get() + " bytes");
                return;
            }
            queuedBytes.addAndGet(bytes);
            wake.run();
        }

        @Override
        public void subscribed(byte[] channel, long count) {}

        @Override
        public void psubscribed(byte[] pattern, long count) {}

        @Override
        public void unsubscribed(byte[] channel, long count) {
            end("the server ended the subscription");
        }

        /// Also when the slot of a sharded channel goes to another node.
        @Override
        public void sunsubscribed(byte[] channel, long count) {
            end("the server ended the subscription");
        }

        @Override
        public void punsubscribed(byte[] pattern, long count) {
            end("the server ended the subscription");
        }

        @Override
        public void onRedisDisconnected(RedisChannelHandler<?, ?> lost) {
            end("the connection was lost");
        }

        /// Ends the incarnation where it stands: what is queued was heard without a break, what follows is not heard.
        private void end(String why) {
            if (over.compareAndSet(false, true)) {
                cause = why;
                var _ = ears.closeAsync();
                wake.run();
            }
        }

        @Override
        public @Nullable Heard poll() {
            String ended = cause;
            Heard next = queue.poll();
            if (next != null) {
                queuedBytes.addAndGet(-bytesOf(next));
                return next;
            }
            if (ended == null || endHandedOver) {
                return null;
            }
            endHandedOver = true;
            return new Heard.Ended(ended);
        }

        private static int bytesOf(Heard heard) {
            return switch (heard) {
                case Heard.Publication publication -> publication.payload().length;
                case Heard.Publications some -> {
                    int[] spans = some.spans();
                    int last = (some.count() - 1) * PushListener.SPAN;
                    yield spans[last + 2] + spans[last + 3] - spans[0];
                }
                case Heard.Announcement announcement -> announcement.payload().length;
                case Heard.Ended nothing -> 0;
            };
        }

        @Override
        public CompletableFuture<Long> announce(byte[] payload) {
            CompletableFuture<Long> published = mouth.say(payload);
            lookAtRole();
            var _ = published.whenComplete((receivers, failure) -> judge(receivers, failure));
            return published;
        }

        /// A primary that becomes a replica may leave subscriptions open.
        private void lookAtRole() {
            long now = System.nanoTime();
            if (now - lookedNanos >= ROLE_LOOK_NANOS) {
                lookedNanos = now;
                var _ =
                        mouth.info("replication")
                                .thenAccept(
                                        info -> {
                                            if (Role.isReplica(info)) {
                                                end("the server is a replica now");
                                            }
                                        });
            }
        }

        private void judge(@Nullable Long receivers, @Nullable Throwable failure) {
            if (failure instanceof RedisCommandExecutionException
                    || failure instanceof Mouth.OtherServerException) {
                end("cannot publish on the control channel: " + failure.getMessage());
            } else if (receivers != null && receivers == 0) {
                end("nobody, not even this dispatcher, is subscribed to the control channel");
            }
        }

        @Override
        public long node() {
            return node;
        }

        @Override
        public void finish() {
            end("closed by the dispatcher");
        }

        @Override
        public void close() {
            finish();
            mouth.close();
        }
    }
}
