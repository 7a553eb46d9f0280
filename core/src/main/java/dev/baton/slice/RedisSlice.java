package dev.baton.slice;

import dev.baton.Position;
import dev.baton.redis.RedisConnector;
import dev.baton.redis.StoreConnection;
import io.lettuce.core.Consumer;
import io.lettuce.core.LMoveArgs;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A slice on a real server, or on the node of a cluster that serves its slot. One connection for scripts and reads, which
/// all slices of a role share; a worker has another for each slice, for a wait on a lane blocks its connection, and no
/// command waits on lanes in several hash slots.
///
/// What each call sends and how it is answered is with [LeaderScripts], [WorkerScripts] and [SliceReads].
public final class RedisSlice implements Slice, AutoCloseable {

    /// Longest wait on a lane; bounds how long a lost server goes unnoticed by an idle worker.
    public static final Duration MAX_AWAIT = Duration.ofSeconds(2);

    /// For so long a worker waits whose group is gone: its next beat tells that it is no member any more.
    private static final long NO_GROUP_MILLIS = 100;

    /// While an operator wants a worker quiet, whether it still does is asked this often.
    private static final long QUIET_MILLIS = 500;

    /// A transaction costs the server what hashing some 16 KiB does: more commands, and for a dispatch the script's text in place of its digest.
    static final int MIN_TRANSACTED_BYTES = 16 << 10;

    private static final byte[] WISH = bytes("wish");

    private final SliceKeys keys;
    private final Transport transport;
    private final StoreConnection connection;
    private final SliceReads reads;
    private final LeaderScripts leader;
    private final WorkerScripts worker;
    private final @Nullable StoreConnection waiting;

    private RedisSlice(
            SliceKeys keys,
            Transport transport,
            StoreConnection connection,
            @Nullable StoreConnection waiting) {
        this(keys, transport, connection, waiting, MIN_TRANSACTED_BYTES);
    }

    /// @param waiting for commands that keep a connection busy while they wait
    /// @param minTransactedBytes of a batch, from which on its messages go past the scripts
    private RedisSlice(
            SliceKeys keys,
            Transport transport,
            StoreConnection connection,
            @Nullable StoreConnection waiting,
            int minTransactedBytes) {
        this.keys = keys;
        this.transport = transport;
        this.connection = connection;
        ScriptRunner runner = new ScriptRunner(connection);
        this.reads = new SliceReads(keys, transport, connection.async());
        this.leader = new LeaderScripts(keys, transport, runner, minTransactedBytes);
        this.worker =
                new WorkerScripts(keys, transport, runner, connection.async(), minTransactedBytes);
        this.waiting = waiting;
    }

    /// Connects a dispatcher, which never waits on a lane: one connection, and if it waits for replicas, one for each slice.
    /// To close one slice closes all.
    ///
    /// @param connector stays the caller's to close
    /// @param slices the keys of each
    /// @param transport the same for all roles of a stream
    /// @param confirms whether [#confirm] will be called
    /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
    public static List<RedisSlice> forDispatcher(
            RedisConnector connector,
            List<SliceKeys> slices,
            Transport transport,
            boolean confirms) {
        StoreConnection shared = connector.store();
        return slices.stream()
                .map(
                        keys ->
                                new RedisSlice(
                                        keys,
                                        transport,
                                        shared.reach(keys.lead()),
                                        confirms ? connector.store().reach(keys.lead()) : null))
                .toList();
    }

    /// Connects a worker: one connection, and one for each slice. To close one slice closes all.
    ///
    /// @param connector stays the caller's to close
    /// @param slices the keys of each
    /// @param transport the same for all roles of a stream
    /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
    public static List<RedisSlice> forWorker(
            RedisConnector connector, List<SliceKeys> slices, Transport transport) {
        StoreConnection shared = connector.store();
        Duration timeout = MAX_AWAIT.plus(RedisConnector.COMMAND_TIMEOUT);
        return slices.stream()
                .map(
                        keys ->
                                new RedisSlice(
                                        keys,
                                        transport,
                                        shared.reach(keys.lead()),
                                        connector.storeToWait(timeout).reach(keys.lead())))
                .toList();
    }

    /// The same on the same connections, with another bound for batches that are pushed before their script.
    ///
    /// @param minTransactedBytes of a batch, from which on its messages go past the scripts
    RedisSlice transactingFrom(int minTransactedBytes) {
        return new RedisSlice(keys, transport, connection, waiting, minTransactedBytes);
    }

    @Override
    public Transport transport() {
        return transport;
    }

    @Override
    public CompletableFuture<Lead> lead() {
        return reads.lead();
    }

    @Override
    public CompletableFuture<Reply.ToClaim> claim(Claim claim) {
        return leader.claim(claim);
    }

    @Override
    public CompletableFuture<Reply.ToRenew> renew(Leadership by, long beat) {
        return leader.renew(by, beat);
    }

    @Override
    public CompletableFuture<Reply.ToConfirm> confirm(
            Leadership by, int replicas, Duration timeout) {
        if (waiting == null) {
            throw new IllegalStateException("opened without a connection to wait for replicas");
        }
        return waiting.serverOf(keys.lead())
                .thenCompose(
                        server ->
                                new LeaderScripts(keys, transport, new ScriptRunner(server))
                                        .confirm(
                                                by,
                                                () ->
                                                        server.waitForReplication(
                                                                        replicas,
                                                                        timeout.toMillis())
                                                                .toCompletableFuture()));
    }

    @Override
    public CompletableFuture<Reply.ToResign> resign(Leadership by) {
        return leader.resign(by);
    }

    @Override
    public CompletableFuture<Reply.ToDispatch> dispatch(Leadership by, Batch batch) {
        return leader.dispatch(by, batch);
    }

    @Override
    public CompletableFuture<Reply.ToSkip> skip(
            Leadership by, Position from, Position to, @Nullable Long count, String cause) {
        return leader.skip(by, from, to, count, cause);
    }

    @Override
    public CompletableFuture<Roster> roster() {
        return reads.roster();
    }

    @Override
    public CompletableFuture<Usage> usage(boolean bytes) {
        return connection.serverOf(keys.lead()).thenCompose(server -> reads.usage(server, bytes));
    }

    @Override
    public CompletableFuture<Reply.ToReassign> reassign(
            Leadership by, Roster.Seat lost, int maxCrashes, List<String> to) {
        return leader.reassign(by, lost, maxCrashes, to);
    }

    @Override
    public CompletableFuture<Reply.ToDeal> deal(Leadership by, List<String> to) {
        return leader.deal(by, to);
    }

    @Override
    public CompletableFuture<Reply.ToRetry> retry(Leadership by, List<String> to) {
        return leader.retry(by, to);
    }

    @Override
    public CompletableFuture<Reply.Joined> join(
            String id,
            String incarnation,
            int capacity,
            int maxCrashes,
            Map<String, String> about) {
        return worker.join(id, incarnation, capacity, maxCrashes, about);
    }

    @Override
    public CompletableFuture<Reply.ToBeat> beat(Membership by, long beat, WorkerState state) {
        return worker.beat(by, beat, state);
    }

    @Override
    public CompletableFuture<Reply.ToLeave> leave(Membership by) {
        return worker.leave(by);
    }

    @Override
    public CompletableFuture<Reply.ToCommit> commit(Membership by, Commit commit) {
        return worker.commit(by, commit);
    }

    @Override
    public CompletableFuture<Long> trim(long maxEntries, Duration maxAge) {
        return worker.trim(maxEntries, maxAge);
    }

    @Override
    public CompletableFuture<Boolean> awaitEntry(String id, Duration timeout) {
        if (waiting == null) {
            throw new IllegalStateException("opened for a dispatcher, which never waits on a lane");
        }
        if (transport == Transport.GROUP) {
            return awaitGiven(waiting.async(), id, timeout);
        }
        byte[] lane = keys.lane(id);
        return waiting.async()
                .blmove(
                        lane,
                        lane,
                        LMoveArgs.Builder.leftLeft(),
                        Math.max(1, timeout.toMillis()) / 1000.0)
                .thenApply(entry -> entry != null)
                .toCompletableFuture();
    }

    /// A wait ends with the next new entry, which is the worker's then, and says nothing of one that it was given by a wait whose
    /// answer was lost: so that is looked for first. Nobody is fenced here; what a worker is given that has left, the leader
    /// takes back.
    private CompletableFuture<Boolean> awaitGiven(
            RedisClusterAsyncCommands<byte[], byte[]> commands, String id, Duration timeout) {
        Consumer<byte[]> consumer = Consumer.from(bytes(SliceReads.GROUP), bytes(id));
        CompletionStage<Boolean> isQuiet =
                commands.hget(keys.worker(id), WISH).thenApply(wish -> wish != null);
        return commands.xpending(keys.ingest(), consumer, Range.unbounded(), Limit.from(1))
                .thenCombine(
                        isQuiet,
                        (before, quiet) ->
                                !before.isEmpty()
                                        ? CompletableFuture.completedFuture(true)
                                        : quiet
                                                ? nothingFor(QUIET_MILLIS)
                                                : awaitNew(commands, consumer, timeout))
                .thenCompose(wait -> wait)
                .toCompletableFuture()
                .exceptionallyCompose(
                        failure ->
                                SliceReads.isNoGroup(failure)
                                        ? nothingFor(NO_GROUP_MILLIS)
                                        : CompletableFuture.failedFuture(failure));
    }

    private static CompletableFuture<Boolean> nothingFor(long millis) {
        return new CompletableFuture<Boolean>()
                .completeOnTimeout(false, millis, TimeUnit.MILLISECONDS);
    }

    @SuppressWarnings("unchecked") // an array of what has a type of its own
    private CompletionStage<Boolean> awaitNew(
            RedisClusterAsyncCommands<byte[], byte[]> commands,
            Consumer<byte[]> consumer,
            Duration timeout) {
        XReadArgs one = XReadArgs.Builder.block(Math.max(1, timeout.toMillis())).count(1);
        return commands.xreadgroup(
                        consumer, one, XReadArgs.StreamOffset.lastConsumed(keys.ingest()))
                .thenApply(given -> !given.isEmpty());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        if (waiting != null) {
            waiting.close();
        }
        connection.close();
    }
}
