package dev.baton.slice;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.redis.StoreConnection;
import dev.baton.testing.RedisProcess;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.NestedMultiOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/// A server of its own, or a cluster, with one slice on it, and a look at its keys past the slice.
final class RedisStore implements AutoCloseable {

    static final SliceKeys KEYS = new SliceKeys("out");

    private final AutoCloseable server;
    private final SliceKeys keys;
    private final RedisConnector connector;
    private final StoreConnection connection;
    private final SliceBooks books;
    private final SliceOffice office;

    RedisStore() {
        this(RedisProcess.start());
    }

    private RedisStore(RedisProcess process) {
        this(process, process.uri(), KEYS);
    }

    /// @param server closed with this
    RedisStore(AutoCloseable server, String uri, SliceKeys keys) {
        this.server = server;
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
        return RedisSlice.forWorker(connector, List.of(keys)).getFirst();
    }

    /// The slice's part in a change of their number.
    Handover handover() {
        return new RedisHandover(connection, keys);
    }

    CompletableFuture<List<Object>> run(Script script, List<byte[]> keys, List<byte[]> values) {
        return new ScriptRunner(connection.async()).run(script, keys, values);
    }

    RedisClusterCommands<byte[], byte[]> commands() {
        return connection.sync();
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

    List<Entry> list(byte[] key) {
        return connection.sync().lrange(key, 0, -1).stream().map(Entry::new).toList();
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
