package dev.baton.slice;

import dev.baton.redis.RedisConnector;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads a slice's books. Blocks; thread-safe.
public final class SliceBooks implements AutoCloseable {

    /// How often the set of workers may change under a look before it gives up.
    private static final int MAX_LOOKS = 20;

    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final SliceKeys keys;
    private final ScriptRunner runner;

    private SliceBooks(StatefulRedisConnection<byte[], byte[]> connection, SliceKeys keys) {
        this.connection = connection;
        this.keys = keys;
        this.runner = new ScriptRunner(connection);
    }

    /// Connects.
    ///
    /// @param connector stays the caller's to close
    /// @param stream the slice's stream
    /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
    public static SliceBooks open(RedisConnector connector, String stream) {
        SliceKeys keys = new SliceKeys(stream);
        return new SliceBooks(connector.connect(), keys);
    }

    /// Connects once, for all slices. To close one closes all.
    ///
    /// @param connector stays the caller's to close
    /// @param slices in the order of their numbers
    /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
    public static List<SliceBooks> open(RedisConnector connector, List<SliceKeys> slices) {
        StatefulRedisConnection<byte[], byte[]> shared = connector.connect();
        return slices.stream().map(keys -> new SliceBooks(shared, keys)).toList();
    }

    /// The slice's stream.
    public String stream() {
        return keys.stream();
    }

    /// Looks at everything in one step of the server.
    public Books read() {
        for (int look = 0; look < MAX_LOOKS; look++) {
            List<String> ids = new ArrayList<>();
            for (byte[] id : connection.sync().smembers(keys.workers())) {
                ids.add(new String(id, StandardCharsets.UTF_8));
            }
            ids.sort(null);
            Answer answer = new Answer(runner.run(Script.BOOKS, keysFor(ids), argsFor(ids)).join());
            if (!answer.status().equals("changed")) {
                return decode(answer, ids);
            }
        }
        throw new IllegalStateException(
                "workers come and go faster than the books can be read; try again");
    }

    private List<byte[]> keysFor(List<String> ids) {
        List<byte[]> all =
                new ArrayList<>(
                        List.of(
                                keys.lead(),
                                keys.ledger(),
                                keys.workers(),
                                keys.waiting(),
                                keys.retry(),
                                keys.output(),
                                keys.dead(),
                                keys.gaps()));
        for (String id : ids) {
            all.add(keys.worker(id));
            all.add(keys.lane(id));
        }
        return all;
    }

    private static List<byte[]> argsFor(List<String> ids) {
        Args args = new Args(ids.size());
        ids.forEach(args::add);
        return args.toList();
    }

    private static Books decode(Answer answer, List<String> ids) {
        Map<String, Long> ledger = new LinkedHashMap<>();
        answer.map(2).forEach((name, value) -> ledger.put(name, Long.parseLong(value)));
        List<WorkerBooks> workers = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            Answer worker = answer.nested(9 + i);
            workers.add(new WorkerBooks(ids.get(i), worker.map(0), worker.number(1)));
        }
        return new Books(
                answer.map(1),
                ledger,
                answer.number(3),
                answer.number(4),
                answer.number(5),
                answer.number(6),
                answer.number(7),
                answer.number(8),
                List.copyOf(workers));
    }

    @Override
    public void close() {
        connection.close();
    }
}
