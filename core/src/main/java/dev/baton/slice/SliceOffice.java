package dev.baton.slice;

import dev.baton.redis.RedisConnector;
import dev.baton.redis.StoreConnection;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// What an operator does in one slice: dead letters, pause and resume. Blocks; thread-safe.
public final class SliceOffice implements AutoCloseable {

    private static final String PAYLOAD = "payload";

    /// Dead letters read in one call; each may be as large as a message.
    private static final int PAGE = 100;

    private final SliceKeys keys;
    private final StoreConnection connection;
    private final ScriptRunner runner;

    private SliceOffice(SliceKeys keys, StoreConnection connection) {
        this.keys = keys;
        this.connection = connection;
        this.runner = new ScriptRunner(connection.async());
    }

    /// Connects once, for all slices. To close one closes all.
    ///
    /// @param connector stays the caller's to close
    /// @param slices in the order of their numbers
    /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
    public static List<SliceOffice> open(RedisConnector connector, List<SliceKeys> slices) {
        StoreConnection shared = connector.store();
        return slices.stream()
                .map(keys -> new SliceOffice(keys, shared.reach(keys.lead())))
                .toList();
    }

    /// The slice's stream.
    public String stream() {
        return keys.stream();
    }

    /// Reads all dead letters, oldest first, a page at a time.
    public void forEachDead(Consumer<DeadLetter> reader) {
        Range<String> rest = Range.unbounded();
        List<StreamMessage<byte[], byte[]>> page;
        do {
            page = connection.sync().xrange(keys.dead(), rest, Limit.from(PAGE));
            for (StreamMessage<byte[], byte[]> entry : page) {
                reader.accept(letter(entry));
                rest =
                        Range.from(
                                Range.Boundary.excluding(entry.getId()),
                                Range.Boundary.unbounded());
            }
        } while (page.size() == PAGE);
    }

    private static DeadLetter letter(StreamMessage<byte[], byte[]> entry) {
        Map<String, String> fields = new LinkedHashMap<>();
        byte[][] payload = {new byte[0]};
        entry.getBody()
                .forEach(
                        (name, value) -> {
                            String key = new String(name, StandardCharsets.UTF_8);
                            if (key.equals(PAYLOAD)) {
                                payload[0] = value;
                            } else {
                                fields.put(key, new String(value, StandardCharsets.UTF_8));
                            }
                        });
        return new DeadLetter(entry.getId(), Map.copyOf(fields), payload[0]);
    }

    /// Makes messages of dead letters again; they wait for a worker in the same step in which the letters go.
    ///
    /// @param ids at most [Slice#MAX_ENTRIES]
    /// @return how many there were
    public long replay(List<String> ids) {
        boolean group = TransportCheck.find(connection, keys) == Transport.GROUP;
        return run(
                group ? Script.GROUP_REPLAY : Script.REPLAY,
                List.of(keys.dead(), group ? keys.ingest() : keys.waiting(), keys.ledger()),
                ids);
    }

    /// Deletes dead letters.
    ///
    /// @param ids at least one, at most [Slice#MAX_ENTRIES]
    /// @return how many there were
    public long discard(List<String> ids) {
        return run(Script.DISCARD, List.of(keys.dead(), keys.ledger()), ids);
    }

    private long run(Script script, List<byte[]> named, List<String> ids) {
        Args args = new Args(ids.size());
        ids.forEach(args::add);
        return runner.run(script, named, args, answer -> answer.number(1)).join();
    }

    /// Has whoever leads hold what it hears, or go on, within a beat. What is held is bounded by the leader's buffer.
    ///
    /// @return whether it was so before
    public boolean pause(boolean paused) {
        Args args = new Args(1).add(paused ? "1" : "");
        String before =
                runner.run(Script.PAUSE, List.of(keys.lead()), args, answer -> answer.text(1))
                        .join();
        return before.equals("1") == paused;
    }

    /// What came of a wish.
    public enum Wished {
        /// There is no such worker.
        NOBODY,
        /// It was wished before.
        ALREADY,
        /// It is wished now.
        DONE
    }

    /// Has a worker take nothing new and finish what it has, or take entries again. Takes effect in the same step; the
    /// wish ends when the worker leaves, or is lost.
    public Wished quiet(String worker, boolean quiet) {
        Args args = new Args(1).add(quiet ? "1" : "");
        return runner.run(
                        Script.QUIET,
                        List.of(keys.worker(worker), keys.lead()),
                        args,
                        answer ->
                                switch (answer.status()) {
                                    case "ok" ->
                                            answer.text(1).equals("1") == quiet
                                                    ? Wished.ALREADY
                                                    : Wished.DONE;
                                    case "gone" -> Wished.NOBODY;
                                    default -> throw answer.unexpected(Script.QUIET);
                                })
                .join();
    }

    /// For how long the first entries have been in this slice, by the store's clock, in milliseconds; -1 where there is none.
    ///
    /// @param waiting of those that wait for a worker
    /// @param retry of those that wait for another attempt, the one that is due first
    /// @param lanes by worker
    public record Ages(long waiting, long retry, Map<String, Long> lanes) {}

    /// Looks at what is first in each lane. No payload leaves the server.
    public Ages ages(List<String> workers) {
        List<byte[]> named = new ArrayList<>(List.of(keys.waiting(), keys.retry()));
        workers.forEach(worker -> named.add(keys.lane(worker)));
        return runner.run(
                        Script.OLDEST,
                        named,
                        new Args(0),
                        answer -> {
                            Map<String, Long> lanes = new LinkedHashMap<>();
                            for (int i = 0; i < workers.size(); i++) {
                                lanes.put(workers.get(i), age(answer, 4 + i));
                            }
                            return new Ages(age(answer, 2), age(answer, 3), lanes);
                        })
                .join();
    }

    private static long age(Answer answer, int at) {
        long since = answer.number(at);
        return since < 0 ? -1 : Math.max(0, answer.number(1) - since);
    }

    /// The latest declared losses, newest first.
    ///
    /// @param most at least 1
    public List<StreamEntry> newestGaps(int most) {
        return connection
                .sync()
                .xrevrange(keys.gaps(), Range.unbounded(), Limit.from(most))
                .stream()
                .map(StreamEntry::of)
                .toList();
    }

    /// How many losses are declared.
    public long gaps() {
        return connection.sync().xlen(keys.gaps());
    }

    @Override
    public void close() {
        connection.close();
    }
}
