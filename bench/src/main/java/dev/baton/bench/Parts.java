package dev.baton.bench;

import dev.baton.Position;
import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.embedded.EmbeddedRedis;
import dev.baton.slice.Entry;
import dev.baton.slice.Pack;
import dev.baton.slice.PassedFields;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/// What the server spends on a message by the commands without which none gets from a channel through a list into a stream:
/// each alone, an element and an entry for each message, batched or pipelined. Scripts, books and small calls come on top; that
/// Baton packs messages takes something away.
final class Parts implements AutoCloseable {

    /// All parts that Baton cannot do without.
    static final String SUM = "sum";

    private static final String CHANNEL = "bench";
    private static final byte[] LIST = Wire.ascii("bench:list");
    private static final byte[] STREAM = Wire.ascii("bench:out");
    private static final Position POSITION = new Position(1, 1, 1);
    private static final int BATCH = 500;
    private static final long PART_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long WARM_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    /// What a list may hold meanwhile.
    private static final long MAX_LIST_BYTES = 8 << 20;

    /// What a stream may hold before it is deleted, which is not measured: as much as in a flow, for the same reason.
    private static final long MAX_STREAM_BYTES = Outputs.MAX_HELD_BYTES;

    private final int window;
    private final EmbeddedRedis redis;
    private final RedisAddress address;
    private final RedisConnector connector;
    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final Letter letter;
    private final Map<String, Double> micros = new LinkedHashMap<>();
    private double seconds;
    private long messages;

    /// @param bytes of a message
    /// @param window messages under way
    Parts(int bytes, int window) {
        this.window = window;
        this.redis = EmbeddedRedis.start(EmbeddedRedis.Options.temporary());
        this.address = RedisAddress.parse(redis.uri());
        this.connector = new RedisConnector(address);
        this.connection = connector.connect();
        this.letter = new Letter(CHANNEL, bytes);
    }

    /// Measures each part.
    Figures measure() throws IOException, InterruptedException {
        publish();
        pushAndTake("", entries());
        PassedFields names =
                new PassedFields(
                        Wire.ascii("message_id"),
                        Wire.ascii("payload"),
                        Wire.ascii("worker"),
                        Wire.ascii("w1"),
                        Wire.ascii("position"),
                        Wire.ascii("channel"),
                        List.of());
        append(
                "xadd",
                names.of(
                        letter.id(),
                        letter.payload(),
                        Wire.ascii(POSITION.toString()),
                        new byte[0]));
        double sum = micros.values().stream().mapToDouble(Double::doubleValue).sum();
        micros.put(SUM, sum);
        append("xadd payload only", List.of(Wire.ascii("payload"), letter.payload()));
        pushAndTake(" packed", packs());
        Map<String, Double> none = Map.of();
        return new Figures(messages, seconds, 0, 0, none, micros, none, none);
    }

    private void publish() throws IOException, InterruptedException {
        try (Wire wire = wire();
                Ears ears = new Ears(host(), port(), CHANNEL, letter.bytes())) {
            Load load = new Load(wire, letter, ears::heard, window);
            load.publish(WARM_UP_NANOS, 0);
            awaitHeard(ears, load);
            Meter meter = new Meter();
            meter.measure(
                    () -> {
                        long before = load.sent();
                        load.publish(PART_NANOS, 0);
                        awaitHeard(ears, load);
                        return load.sent() - before;
                    });
            meter.tell("publish");
        }
    }

    private static void awaitHeard(Ears ears, Load load) {
        awaitUntil(load.sent(), ears::heard);
    }

    private static void awaitUntil(long wanted, LongSupplier there) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (there.getAsLong() < wanted) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the server does not answer");
            }
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(50));
        }
    }

    /// A batch of messages, an element each.
    private byte[][] entries() {
        byte[] payload = letter.payload();
        Entry entry =
                Entry.of(
                        POSITION,
                        System.currentTimeMillis(),
                        new byte[0],
                        payload,
                        0,
                        payload.length);
        byte[][] entries = new byte[BATCH][];
        Arrays.fill(entries, entry.bytes());
        return entries;
    }

    /// The same, in as few elements as a dispatcher makes of them.
    private byte[][] packs() {
        byte[] payload = letter.payload();
        int record = Integer.BYTES + payload.length;
        int most = Math.clamp(Pack.MAX_BODY_BYTES / record, 1, BATCH);
        List<byte[]> packs = new ArrayList<>();
        for (int left = BATCH; left > 0; left -= most) {
            int count = Math.min(left, most);
            ByteBuffer records = ByteBuffer.allocate(count * record);
            for (int i = 0; i < count; i++) {
                records.putInt(payload.length).put(payload);
            }
            Pack pack =
                    Pack.of(POSITION, 1, System.currentTimeMillis(), false, count, records.array());
            packs.add(pack.head());
            packs.add(pack.body());
        }
        return packs.toArray(byte[][]::new);
    }

    /// A list filled and emptied in turn.
    ///
    /// @param kind what the elements are, for the names of the parts
    /// @param batch the elements of a batch of messages
    private void pushAndTake(String kind, byte[][] batch) throws IOException, InterruptedException {
        long bytes = Stream.of(batch).mapToLong(element -> element.length).sum();
        int batches = Math.clamp(MAX_LIST_BYTES / bytes, 1, BATCH);
        Meter pushing = new Meter();
        Meter taking = new Meter();
        boolean warm = false;
        while (pushing.nanos < PART_NANOS || taking.nanos < PART_NANOS) {
            pushing.measure(() -> push(batch, batches));
            taking.measure(() -> take(batch.length, batches));
            if (!warm && pushing.nanos + taking.nanos > WARM_UP_NANOS) {
                warm = true;
                pushing = new Meter();
                taking = new Meter();
            }
        }
        pushing.tell("rpush" + kind);
        taking.tell("lrange+ltrim" + kind);
    }

    private long push(byte[][] batch, int batches) {
        for (int i = 0; i < batches; i++) {
            connection.sync().rpush(LIST, batch);
        }
        return (long) batches * BATCH;
    }

    private long take(int elements, int batches) {
        for (int i = 0; i < batches; i++) {
            var read = connection.async().lrange(LIST, 0, elements - 1);
            connection.sync().ltrim(LIST, elements, -1);
            read.toCompletableFuture().join();
        }
        return (long) batches * BATCH;
    }

    private void append(String name, List<byte[]> fields) throws IOException, InterruptedException {
        byte[][] words = new byte[3 + fields.size()][];
        words[0] = Wire.ascii("XADD");
        words[1] = STREAM;
        words[2] = Wire.ascii("*");
        for (int i = 0; i < fields.size(); i++) {
            words[3 + i] = fields.get(i);
        }
        byte[] command = Wire.encode(words);
        ByteBuffer batch = ByteBuffer.allocateDirect(BATCH * command.length);
        for (int i = 0; i < BATCH; i++) {
            batch.put(command);
        }
        long most = Math.max(BATCH, MAX_STREAM_BYTES / command.length);
        try (Wire wire = wire()) {
            new Meter().measure(() -> append(wire, batch, most, WARM_UP_NANOS));
            Meter meter = new Meter();
            while (meter.nanos < PART_NANOS) {
                connection.sync().del(STREAM);
                meter.measure(() -> append(wire, batch, most, PART_NANOS - meter.nanos));
            }
            if (wire.refused()) {
                throw new IllegalStateException("the server refused an XADD");
            }
            connection.sync().del(STREAM);
            meter.tell(name);
        }
    }

    private long append(Wire wire, ByteBuffer batch, long most, long nanos) throws IOException {
        long began = System.nanoTime();
        long before = wire.answers();
        long sent = 0;
        while (sent < most && System.nanoTime() - began < nanos) {
            wire.write(batch.clear());
            sent += BATCH;
            awaitUntil(before + sent - Math.max(BATCH, window), wire::answers);
        }
        awaitUntil(before + sent, wire::answers);
        return sent;
    }

    private Wire wire() throws IOException {
        return new Wire(host(), port());
    }

    private String host() {
        return address.uri().getHost();
    }

    private int port() {
        return address.uri().getPort();
    }

    /// A stretch of one part.
    private interface Stretch {
        /// Ends when the server has answered all.
        ///
        /// @return messages
        long go() throws IOException, InterruptedException;
    }

    /// Sums the server's processor time over stretches.
    private final class Meter {
        private double cpuSeconds;
        private long handled;
        private long nanos;

        void measure(Stretch stretch) throws IOException, InterruptedException {
            Cpu.Reading before = Cpu.read(redis.pid());
            long began = System.nanoTime();
            handled += stretch.go();
            nanos += System.nanoTime() - began;
            cpuSeconds += Cpu.read(redis.pid()).secondsSince(before);
        }

        void tell(String name) {
            micros.put(name, cpuSeconds * 1e6 / handled);
            seconds += nanos / 1e9;
            messages += handled;
        }
    }

    @Override
    public void close() {
        connection.close();
        connector.close();
        redis.close();
    }
}
