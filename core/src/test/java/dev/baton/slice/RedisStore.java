package dev.baton.slice;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.redis.StoreConnection;
import dev.baton.testing.RedisProcess;
import io.lettuce.core.Consumer;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.models.stream.PendingMessage;
import io.lettuce.core.output.NestedMultiOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/// A server of its own, or a cluster, with one slice on it, and a look at its keys past the slice.
final class RedisStore implements AutoCloseable {

    static final SliceKeys KEYS = new SliceKeys("out");

    private final AutoCloseable server;
    private final SliceKeys keys;
    private final Transport transport;
    private final RedisConnector connector;
    private final StoreConnection connection;
    private final SliceBooks books;
    private final SliceOffice office;

    RedisStore() {
        this(Transport.LISTS);
    }

    RedisStore(Transport transport) {
        this(RedisProcess.start(), transport);
    }

    private RedisStore(RedisProcess process, Transport transport) {
        this(process, process.uri(), KEYS, transport);
    }

    /// @param server closed with this
    RedisStore(AutoCloseable server, String uri, SliceKeys keys, Transport transport) {
        this.server = server;
        this.transport = transport;
        this.keys = keys;
        connector = new RedisConnector(RedisAddress.parse(uri));
        connection = connector.store().reach(keys.lead());
        books = SliceBooks.open(connector, keys.stream());
        office = SliceOffice.open(connector, List.of(keys)).getFirst();
    }

    /// The slice's keys.
    SliceKeys keys() {
        return keys;
    }

    /// Connects to the node that serves a stream's slot.
    void reach(String stream) {
        connection.reach(new SliceKeys(stream).lead());
    }

    /// A slice on connections of its own; the caller closes it.
    RedisSlice open() {
        return RedisSlice.forWorker(connector, List.of(keys), transport).getFirst();
    }

    /// The slice's part in a change of their number.
    Handover handover() {
        return new RedisHandover(connection, keys, transport);
    }

    CompletableFuture<List<Object>> run(Script script, List<byte[]> keys, List<byte[]> values) {
        return new ScriptRunner(connection.async()).run(script, keys, values);
    }

    RedisClusterCommands<byte[], byte[]> commands() {
        return connection.sync();
    }

    /// A connection to the server, the caller's to close.
    StatefulRedisConnection<byte[], byte[]> connect() {
        return connector.connect();
    }

    /// What an operator does.
    SliceOffice office() {
        return office;
    }

    Books books() {
        return books.read();
    }

    /// Entries of a stream: names and values in turn, in their order and with their repetitions.
    List<List<byte[]>> stream(byte[] key) {
        List<Object> answer =
                SliceContract.get(
                        connection
                                .async()
                                .dispatch(
                                        CommandType.XRANGE,
                                        new NestedMultiOutput<>(ByteArrayCodec.INSTANCE),
                                        new CommandArgs<>(ByteArrayCodec.INSTANCE)
                                                .addKey(key)
                                                .add("-")
                                                .add("+"))
                                .toCompletableFuture());
        List<List<byte[]>> entries = new ArrayList<>();
        for (Object entry : answer) {
            List<byte[]> fields = new ArrayList<>();
            for (Object field : (List<?>) ((List<?>) entry).get(1)) {
                fields.add((byte[]) field);
            }
            entries.add(fields);
        }
        return entries;
    }

    /// Gives a consumer new entries, as if it had waited for them.
    void give(String worker, int entries) {
        @SuppressWarnings("unchecked") // an array of what has a type of its own
        List<StreamMessage<byte[], byte[]>> given =
                connection
                        .sync()
                        .xreadgroup(
                                consumer(worker),
                                XReadArgs.Builder.count(entries),
                                XReadArgs.StreamOffset.lastConsumed(keys.ingest()));
        if (given.size() != entries) {
            throw new IllegalStateException("gave " + given.size() + " of " + entries);
        }
    }

    /// What is pending for a consumer, or undelivered, oldest first.
    private List<Entry> pending(String worker) {
        if (connection.sync().exists(keys.ingest()) == 0) {
            return List.of();
        }
        Set<String> ids = new HashSet<>();
        boolean undelivered = worker.equals(Delivery.WAITING);
        List<PendingMessage> all = List.of();
        try {
            all =
                    undelivered
                            ? connection
                                    .sync()
                                    .xpending(
                                            keys.ingest(),
                                            SliceContract.bytes(SliceReads.GROUP),
                                            Range.unbounded(),
                                            Limit.from(100_000))
                            : connection
                                    .sync()
                                    .xpending(
                                            keys.ingest(),
                                            consumer(worker),
                                            Range.unbounded(),
                                            Limit.from(100_000));
        } catch (RedisCommandExecutionException e) {
            // No group yet: nobody was given anything.
        }
        all.forEach(one -> ids.add(one.getId()));
        return connection.sync().xrange(keys.ingest(), Range.unbounded()).stream()
                .filter(entry -> ids.contains(entry.getId()) != undelivered)
                .map(entry -> new Entry(entry.getBody().values().iterator().next()))
                .toList();
    }

    private static Consumer<byte[]> consumer(String worker) {
        return Consumer.from(SliceContract.bytes(SliceReads.GROUP), SliceContract.bytes(worker));
    }

    /// What a worker's lane holds, or what waits, oldest first.
    List<Entry> held(String worker) {
        if (transport == Transport.GROUP) {
            return pending(worker);
        }
        return list(worker.equals(Delivery.WAITING) ? keys.waiting() : keys.lane(worker));
    }

    private List<Entry> list(byte[] key) {
        return Element.all(connection.sync().lrange(key, 0, -1)).stream()
                .flatMap(element -> element.entries().stream())
                .toList();
    }

    /// How often a server carried out a command.
    ///
    /// @param command its name in lower case
    long calls(String command) {
        String line = "cmdstat_" + command + ":calls=";
        return commands()
                .info("commandstats")
                .lines()
                .filter(one -> one.startsWith(line))
                .mapToLong(one -> Long.parseLong(one.substring(line.length(), one.indexOf(','))))
                .sum();
    }

    /// A connection of its own for one that waits.
    Look look() {
        return new Look(connector.storeToWait(Duration.ofSeconds(20)));
    }

    /// Commands past the slice, over a connection that may wait.
    record Look(StoreConnection connection) implements AutoCloseable {

        RedisClusterCommands<byte[], byte[]> commands() {
            return connection.sync();
        }

        @Override
        public void close() {
            connection.close();
        }
    }

    /// Every key with everything under it.
    Map<String, String> dump() {
        Map<String, String> all = new TreeMap<>();
        for (byte[] key : connection.sync().keys("*")) {
            all.put(
                    new String(key, StandardCharsets.UTF_8),
                    HexFormat.of().formatHex(connection.sync().dump(key)));
        }
        return all;
    }

    @Override
    public void close() {
        books.close();
        office.close();
        connection.close();
        connector.close();
        try {
            server.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
