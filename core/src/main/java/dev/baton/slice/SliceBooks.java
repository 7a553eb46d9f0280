package dev.baton.slice;

import dev.baton.duty.Backoff;
import dev.baton.duty.NotYet;
import dev.baton.duty.RefusedException;
import dev.baton.redis.RedisConnector;
import dev.baton.redis.StoreConnection;
import io.lettuce.core.RedisException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/// Reads a slice's books. Blocks; thread-safe.
public final class SliceBooks implements AutoCloseable {

    /// How often the set of workers may change under a look before it gives up.
    private static final int MAX_LOOKS = 20;

    /// A fail-over takes longer, a slot that arrives does not.
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private static final String MAX_DEAD = "max_dead";

    private final StoreConnection connection;
    private final SliceKeys keys;
    private final ScriptRunner runner;

    private SliceBooks(StoreConnection connection, SliceKeys keys) {
        this.connection = connection;
        this.keys = keys;
        this.runner = new ScriptRunner(connection.async());
    }

    /// Connects.
    ///
    /// @param connector stays the caller's to close
    /// @param stream the slice's stream
    /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
    public static SliceBooks open(RedisConnector connector, String stream) {
        SliceKeys keys = new SliceKeys(stream);
        return new SliceBooks(connector.store().reach(keys.lead()), keys);
    }

    /// Connects once, for all slices. To close one closes all.
    ///
    /// @param connector stays the caller's to close
    /// @param slices in the order of their numbers
    /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
    public static List<SliceBooks> open(RedisConnector connector, List<SliceKeys> slices) {
        StoreConnection shared = connector.store();
        return slices.stream()
                .map(keys -> new SliceBooks(shared.reach(keys.lead()), keys))
                .toList();
    }

    /// The slice's stream.
    public String stream() {
        return keys.stream();
    }

    /// Looks at everything in one step of the server. What passes by itself is waited for, a few seconds.
    public Books read() {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Backoff backoff = new Backoff(ThreadLocalRandom.current());
        while (true) {
            try {
                return look();
            } catch (RedisException | CompletionException e) {
                if (!mayPass(e) || System.nanoTime() - deadline > 0) {
                    throw e;
                }
                LockSupport.parkNanos(backoff.nextNanos());
            }
        }
    }

    /// Whether a cluster is being reshaped, another server becomes primary, or one is busy with itself. A single server that
    /// is away is not waited for.
    private boolean mayPass(RuntimeException failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause != null
                && (NotYet.of(cause.getMessage()) != null
                        || (connection.mayBeReplaced() && !(cause instanceof RefusedException)));
    }

    private Books look() {
        for (int look = 0; look < MAX_LOOKS; look++) {
            List<String> ids = new ArrayList<>();
            for (byte[] id : connection.sync().smembers(keys.workers())) {
                ids.add(new String(id, StandardCharsets.UTF_8));
            }
            ids.sort(null);
            Answer answer = new Answer(runner.run(Script.BOOKS, keysFor(ids), argsFor(ids)).join());
            if (!answer.status().equals("changed")) {
                return decode(connection.nodeOf(keys.lead()), answer, ids);
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
                                keys.gaps(),
                                keys.ingest()));
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

    private static Books decode(String node, Answer answer, List<String> ids) {
        Map<String, Long> ledger = new LinkedHashMap<>();
        answer.map(2).forEach((name, value) -> ledger.put(name, Long.parseLong(value)));
        // A bound that stands among the counters, for every script that buries has these at hand.
        ledger.remove(MAX_DEAD);
        List<WorkerBooks> workers = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            Answer worker = answer.nested(9 + i);
            workers.add(new WorkerBooks(ids.get(i), worker.map(0), worker.number(1)));
        }
        for (int i = 9 + ids.size(); i < answer.size(); i++) {
            Answer gone = answer.nested(i);
            workers.add(new WorkerBooks(gone.text(2), WorkerBooks.GONE, gone.number(1)));
        }
        return new Books(
                node,
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
