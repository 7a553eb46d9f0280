package dev.baton.slice;

import dev.baton.Position;
import dev.baton.redis.RedisConnector;
import io.lettuce.core.LMoveArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A slice on a real server. One connection for scripts and reads; a worker has another for waiting on its lane.
public final class RedisSlice implements Slice, AutoCloseable {

    /// Longest wait on a lane; bounds how long a lost server goes unnoticed by an idle worker.
    public static final Duration MAX_AWAIT = Duration.ofSeconds(2);

    /// Bytes one call moves from lane to lane before it leaves the rest to the next.
    private static final int MAX_MOVED_BYTES = 4 << 20;

    private static final Reply.Fenced FENCED = new Reply.Fenced();
    private static final Reply.Applied APPLIED = new Reply.Applied();

    private final SliceKeys keys;
    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final ScriptRunner runner;
    private final @Nullable StatefulRedisConnection<byte[], byte[]> waiting;

    private RedisSlice(
            SliceKeys keys,
            StatefulRedisConnection<byte[], byte[]> connection,
            @Nullable StatefulRedisConnection<byte[], byte[]> waiting) {
        this.keys = keys;
        this.connection = connection;
        this.runner = new ScriptRunner(connection);
        this.waiting = waiting;
    }

    /// Connects a dispatcher, which never waits on a lane.
    ///
    /// @param connector stays the caller's to close
    /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
    public static RedisSlice forDispatcher(RedisConnector connector, SliceKeys keys) {
        return new RedisSlice(keys, connector.connect(), null);
    }

    /// Connects a worker.
    ///
    /// @param connector stays the caller's to close
    /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
    public static RedisSlice forWorker(RedisConnector connector, SliceKeys keys) {
        return new RedisSlice(
                keys,
                connector.connect(),
                connector.connect(MAX_AWAIT.plus(RedisConnector.COMMAND_TIMEOUT)));
    }

    @Override
    public CompletableFuture<Lead> lead() {
        return connection
                .async()
                .hmget(
                        keys.lead(),
                        bytes("epoch"),
                        bytes("owner"),
                        bytes("beat"),
                        bytes("watermark"))
                .thenApply(
                        fields -> {
                            String epoch = text(fields.get(0).getValueOrElse(new byte[0]));
                            if (epoch.isEmpty()) {
                                return Lead.NONE;
                            }
                            return new Lead(
                                    Long.parseLong(epoch),
                                    text(fields.get(1).getValue()),
                                    Long.parseLong(text(fields.get(2).getValue())),
                                    Position.parse(text(fields.get(3).getValue())));
                        })
                .toCompletableFuture();
    }

    @Override
    public CompletableFuture<Reply.ToClaim> claim(Claim claim) {
        boolean never = claim.seen().equals(Lead.NONE);
        Args args =
                new Args(11)
                        .add(claim.owner())
                        .add(never ? "" : Long.toString(claim.seen().epoch()))
                        .add(claim.seen().owner())
                        .add(never ? "" : Long.toString(claim.seen().beat()))
                        .add(claim.highestEpoch())
                        .add(claim.coveredFrom())
                        .add(claim.force() ? "1" : "0")
                        .add(claim.start())
                        .add(claim.slices())
                        .add(claim.generation())
                        .add(claim.cause());
        return run(
                Script.CLAIM,
                List.of(keys.lead(), keys.gaps(), keys.ledger()),
                args,
                answer ->
                        switch (answer.status()) {
                            case "granted", "already" ->
                                    new Reply.Granted(
                                            new Leadership(answer.number(1), claim.owner()),
                                            answer.position(2),
                                            answer.text(3),
                                            answer.number(4),
                                            answer.positionOrNull(5));
                            case "lost" -> new Reply.Lost();
                            case "uncovered" -> new Reply.Uncovered();
                            case "slices" -> new Reply.OtherSlices((int) answer.number(1));
                            default -> throw answer.unexpected(Script.CLAIM);
                        });
    }

    @Override
    public CompletableFuture<Reply.ToRenew> renew(Leadership by, long beat) {
        return run(
                Script.RENEW,
                List.of(keys.lead()),
                Args.of(by).add(beat),
                answer ->
                        switch (answer.status()) {
                            case "ok", "already" ->
                                    new Reply.Renewed(
                                            answer.position(1),
                                            answer.text(2),
                                            answer.number(3),
                                            answer.text(4).equals("1"),
                                            answer.number(5));
                            case "fenced" -> FENCED;
                            default -> throw answer.unexpected(Script.RENEW);
                        });
    }

    @Override
    public CompletableFuture<Reply.ToResign> resign(Leadership by) {
        return run(
                Script.RESIGN,
                List.of(keys.lead()),
                Args.of(by),
                answer ->
                        switch (answer.status()) {
                            case "ok", "already" -> APPLIED;
                            case "fenced" -> FENCED;
                            default -> throw answer.unexpected(Script.RESIGN);
                        });
    }

    @Override
    public CompletableFuture<Reply.ToDispatch> dispatch(Leadership by, Batch batch) {
        List<String> lanes = new ArrayList<>(batch.deliveries().size());
        List<Entry> unassigned = new ArrayList<>();
        for (Delivery delivery : batch.deliveries()) {
            if (delivery.worker().equals(Delivery.WAITING)) {
                unassigned.addAll(delivery.entries());
            } else {
                lanes.add(delivery.worker());
            }
        }
        Args args =
                new Args(batch.size() + lanes.size() + 5)
                        .add(by.epoch())
                        .add(by.owner())
                        .add(batch.expected())
                        .add(batch.next())
                        .add(unassigned.size());
        for (Delivery delivery : batch.deliveries()) {
            if (!delivery.worker().equals(Delivery.WAITING)) {
                args.add(delivery.entries().size());
            }
        }
        unassigned.forEach(entry -> args.add(entry.bytes()));
        for (Delivery delivery : batch.deliveries()) {
            if (!delivery.worker().equals(Delivery.WAITING)) {
                delivery.entries().forEach(entry -> args.add(entry.bytes()));
            }
        }
        List<byte[]> named = withLanes(lanes, keys.lead(), keys.ledger(), keys.waiting());
        return run(
                Script.DISPATCH,
                named,
                args,
                answer ->
                        switch (answer.status()) {
                            case "ok", "already" -> {
                                List<Long> backlogs = new ArrayList<>(lanes.size());
                                for (int i = 5; i < answer.size(); i++) {
                                    backlogs.add(answer.number(i));
                                }
                                yield new Reply.Appended(
                                        answer.position(1),
                                        answer.number(2),
                                        answer.number(3),
                                        answer.number(4),
                                        backlogs);
                            }
                            case "conflict" -> new Reply.Regressed(answer.position(1));
                            case "lane" -> closed(answer, lanes);
                            case "fenced" -> FENCED;
                            default -> throw answer.unexpected(Script.DISPATCH);
                        });
    }

    @Override
    public CompletableFuture<Reply.ToSkip> skip(
            Leadership by, Position from, Position to, @Nullable Long count, String cause) {
        Args args =
                Args.of(by).add(from).add(to).add(count == null ? "" : count.toString()).add(cause);
        return run(
                Script.SKIP,
                List.of(keys.lead(), keys.gaps(), keys.ledger()),
                args,
                answer ->
                        switch (answer.status()) {
                            case "ok", "already" -> APPLIED;
                            case "conflict" -> new Reply.Regressed(answer.position(1));
                            case "fenced" -> FENCED;
                            default -> throw answer.unexpected(Script.SKIP);
                        });
    }

    @Override
    public CompletableFuture<Roster> roster() {
        RedisAsyncCommands<byte[], byte[]> commands = connection.async();
        CompletableFuture<Long> unassigned = commands.llen(keys.waiting()).toCompletableFuture();
        return commands.smembers(keys.workers())
                .toCompletableFuture()
                .thenCompose(
                        ids -> {
                            List<CompletableFuture<Roster.@Nullable Seat>> seats =
                                    new ArrayList<>();
                            ids.stream()
                                    .map(RedisSlice::text)
                                    .sorted()
                                    .forEach(id -> seats.add(seat(id)));
                            return CompletableFuture.allOf(seats.toArray(CompletableFuture[]::new))
                                    .thenCombine(
                                            unassigned,
                                            (done, length) -> {
                                                List<Roster.Seat> present = new ArrayList<>();
                                                for (CompletableFuture<Roster.@Nullable Seat> seat :
                                                        seats) {
                                                    Roster.Seat found = seat.join();
                                                    if (found != null) {
                                                        present.add(found);
                                                    }
                                                }
                                                return new Roster(length, List.copyOf(present));
                                            });
                        });
    }

    /// One worker, or null if it left between the two looks.
    private CompletableFuture<Roster.@Nullable Seat> seat(String id) {
        RedisAsyncCommands<byte[], byte[]> commands = connection.async();
        return commands.hmget(
                        keys.worker(id),
                        bytes("incarnation"),
                        bytes("beat"),
                        bytes("state"),
                        bytes("capacity"))
                .toCompletableFuture()
                .thenCombine(
                        commands.llen(keys.lane(id)),
                        (fields, backlog) ->
                                fields.get(0).isEmpty()
                                        ? null
                                        : new Roster.Seat(
                                                id,
                                                text(fields.get(0).getValue()),
                                                Long.parseLong(text(fields.get(1).getValue())),
                                                WorkerState.of(text(fields.get(2).getValue())),
                                                Integer.parseInt(text(fields.get(3).getValue())),
                                                backlog));
    }

    @Override
    public CompletableFuture<Reply.ToReassign> reassign(
            Leadership by, Roster.Seat lost, int maxCrashes, List<String> to) {
        Args args =
                Args.of(by)
                        .add(lost.id())
                        .add(lost.incarnation())
                        .add(lost.beat())
                        .add(maxCrashes)
                        .add(MAX_ENTRIES)
                        .add(MAX_MOVED_BYTES);
        List<byte[]> named =
                withLanes(
                        to,
                        keys.lead(),
                        keys.ledger(),
                        keys.dead(),
                        keys.workers(),
                        keys.waiting(),
                        keys.worker(lost.id()),
                        keys.lane(lost.id()));
        return run(
                Script.REASSIGN,
                named,
                args,
                answer ->
                        switch (answer.status()) {
                            case "ok" -> new Reply.Moved(answer.number(2));
                            case "already" -> new Reply.Moved(0);
                            case "alive" -> new Reply.Alive();
                            case "lane" -> closed(answer, to);
                            case "fenced" -> FENCED;
                            default -> throw answer.unexpected(Script.REASSIGN);
                        });
    }

    @Override
    public CompletableFuture<Reply.ToDeal> deal(Leadership by, List<String> to) {
        Args args = Args.of(by).add(MAX_ENTRIES).add(MAX_MOVED_BYTES);
        return run(
                Script.DEAL,
                withLanes(to, keys.lead(), keys.waiting()),
                args,
                answer ->
                        switch (answer.status()) {
                            case "ok" -> new Reply.Moved(answer.number(2));
                            case "lane" -> closed(answer, to);
                            case "fenced" -> FENCED;
                            default -> throw answer.unexpected(Script.DEAL);
                        });
    }

    @Override
    public CompletableFuture<Reply.Joined> join(
            String id,
            String incarnation,
            int capacity,
            int maxCrashes,
            Map<String, String> about) {
        if (about.size() > MAX_ABOUT || !Collections.disjoint(about.keySet(), OWN_FIELDS)) {
            throw new IllegalArgumentException(
                    "a worker tells at most " + MAX_ABOUT + " things, and none of " + OWN_FIELDS);
        }
        Args args =
                new Args(4 + 2 * about.size())
                        .add(id)
                        .add(incarnation)
                        .add(capacity)
                        .add(maxCrashes);
        about.forEach((name, value) -> args.add(name).add(value));
        List<byte[]> named =
                List.of(
                        keys.workers(),
                        keys.worker(id),
                        keys.lane(id),
                        keys.lead(),
                        keys.dead(),
                        keys.ledger());
        return run(
                Script.JOIN,
                named,
                args,
                answer ->
                        new Reply.Joined(
                                new Membership(id, incarnation, answer.number(1)),
                                answer.number(2),
                                answer.number(3),
                                answer.number(4)));
    }

    @Override
    public CompletableFuture<Reply.ToBeat> beat(Membership by, long beat, WorkerState state) {
        Args args = new Args(3).add(by.incarnation()).add(beat).add(state.text());
        return run(
                Script.BEAT,
                List.of(keys.worker(by.id()), keys.lead()),
                args,
                answer ->
                        switch (answer.status()) {
                            case "ok", "already" -> APPLIED;
                            case "fenced" -> FENCED;
                            default -> throw answer.unexpected(Script.BEAT);
                        });
    }

    @Override
    public CompletableFuture<Reply.ToLeave> leave(Membership by) {
        Args args =
                new Args(4)
                        .add(by.id())
                        .add(by.incarnation())
                        .add(MAX_ENTRIES)
                        .add(MAX_MOVED_BYTES);
        List<byte[]> named =
                List.of(
                        keys.workers(),
                        keys.worker(by.id()),
                        keys.lane(by.id()),
                        keys.waiting(),
                        keys.lead());
        return run(
                Script.LEAVE,
                named,
                args,
                answer ->
                        switch (answer.status()) {
                            case "ok", "already" -> new Reply.Moved(answer.number(1));
                            case "fenced" -> FENCED;
                            default -> throw answer.unexpected(Script.LEAVE);
                        });
    }

    @Override
    public CompletableFuture<Reply.ToCommit> commit(Membership by, Commit commit) {
        Args args =
                new Args(8 + 10 * commit.finishes().size())
                        .add(by.id())
                        .add(by.incarnation())
                        .add(by.epoch())
                        .add(commit.head())
                        .add(commit.finishes().size())
                        .add(commit.readFrom())
                        .add(commit.maxEntries())
                        .add(commit.maxBytes());
        for (Finish finish : commit.finishes()) {
            add(args, finish);
        }
        List<byte[]> named =
                List.of(
                        keys.worker(by.id()),
                        keys.lane(by.id()),
                        keys.output(),
                        keys.dead(),
                        keys.ledger());
        return run(
                Script.COMMIT,
                named,
                args,
                answer ->
                        switch (answer.status()) {
                            case "ok", "already" -> {
                                List<Entry> entries = new ArrayList<>(answer.size() - 4);
                                for (int i = 4; i < answer.size(); i++) {
                                    entries.add(new Entry(answer.bytes(i)));
                                }
                                yield new Reply.Committed(
                                        answer.number(1),
                                        answer.number(2),
                                        answer.number(3),
                                        entries);
                            }
                            case "conflict" -> new Reply.Misplaced(answer.number(1));
                            case "fenced" -> FENCED;
                            default -> throw answer.unexpected(Script.COMMIT);
                        });
    }

    private static void add(Args args, Finish finish) {
        switch (finish) {
            case Finish.Emit emit -> {
                args.add(emit.entries().size());
                for (List<byte[]> fields : emit.entries()) {
                    args.add(fields.size());
                    fields.forEach(args::add);
                }
            }
            case Finish.Bury bury ->
                    args.add("d").add(bury.reason()).add(bury.error()).add(bury.messageId());
        }
    }

    @Override
    public CompletableFuture<Boolean> awaitEntry(String worker, Duration timeout) {
        if (waiting == null) {
            throw new IllegalStateException("opened for a dispatcher, which never waits on a lane");
        }
        byte[] lane = keys.lane(worker);
        return waiting.async()
                .blmove(
                        lane,
                        lane,
                        LMoveArgs.Builder.leftLeft(),
                        Math.max(1, timeout.toMillis()) / 1000.0)
                .thenApply(entry -> entry != null)
                .toCompletableFuture();
    }

    private <R> CompletableFuture<R> run(
            Script script, List<byte[]> named, Args args, Function<Answer, R> decode) {
        return runner.run(script, named, args.toList())
                .thenApply(fields -> decode.apply(new Answer(fields)));
    }

    /// The fixed keys, then a pair for each lane.
    private List<byte[]> withLanes(List<String> lanes, byte[]... fixed) {
        List<byte[]> all = new ArrayList<>(fixed.length + 2 * lanes.size());
        all.addAll(List.of(fixed));
        for (String lane : lanes) {
            all.add(keys.worker(lane));
            all.add(keys.lane(lane));
        }
        return all;
    }

    private static Reply.LanesClosed closed(Answer answer, List<String> lanes) {
        List<String> workers = new ArrayList<>();
        for (int i = 1; i < answer.size(); i++) {
            workers.add(lanes.get((int) answer.number(i) - 1));
        }
        return new Reply.LanesClosed(workers);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        if (waiting != null) {
            waiting.close();
        }
        connection.close();
    }
}
