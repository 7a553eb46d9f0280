package dev.baton.slice;

import dev.baton.Position;
import dev.baton.redis.RedisConnector;
import dev.baton.redis.StoreConnection;
import io.lettuce.core.LMoveArgs;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A slice on a real server, or on the node of a cluster that serves its slot. One connection for scripts and reads, which
/// all slices of a role share; a worker has another for each slice, for a wait on a lane blocks its connection, and no
/// command waits on lanes in several hash slots.
///
/// What each call sends and how it is answered is with [LeaderScripts], [WorkerScripts] and [SliceReads].
public final class RedisSlice implements Slice, AutoCloseable {

    /// Longest wait on a lane; bounds how long a lost server goes unnoticed by an idle worker.
    public static final Duration MAX_AWAIT = Duration.ofSeconds(2);

    private final SliceKeys keys;
    private final StoreConnection connection;
    private final SliceReads reads;
    private final LeaderScripts leader;
    private final WorkerScripts worker;
    private final @Nullable StoreConnection waiting;

    /// @param waiting for commands that keep a connection busy while they wait
    private RedisSlice(
            SliceKeys keys, StoreConnection connection, @Nullable StoreConnection waiting) {
        this.keys = keys;
        this.connection = connection;
        ScriptRunner runner = new ScriptRunner(connection.async());
        this.reads = new SliceReads(keys, connection.async());
        this.leader = new LeaderScripts(keys, runner);
        this.worker = new WorkerScripts(keys, runner);
        this.waiting = waiting;
    }

    /// Connects a dispatcher, which never waits on a lane: one connection, and if it waits for replicas, one for each slice.
    /// To close one slice closes all.
    ///
    /// @param connector stays the caller's to close
    /// @param slices the keys of each
    /// @param confirms whether [#confirm] will be called
    /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
    public static List<RedisSlice> forDispatcher(
            RedisConnector connector, List<SliceKeys> slices, boolean confirms) {
        StoreConnection shared = connector.store();
        return slices.stream()
                .map(
                        keys ->
                                new RedisSlice(
                                        keys,
                                        shared.reach(keys.lead()),
                                        confirms ? connector.store().reach(keys.lead()) : null))
                .toList();
    }

    /// Connects a worker: one connection, and one for each slice. To close one slice closes all.
    ///
    /// @param connector stays the caller's to close
    /// @param slices the keys of each
    /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
    public static List<RedisSlice> forWorker(RedisConnector connector, List<SliceKeys> slices) {
        StoreConnection shared = connector.store();
        Duration timeout = MAX_AWAIT.plus(RedisConnector.COMMAND_TIMEOUT);
        return slices.stream()
                .map(
                        keys ->
                                new RedisSlice(
                                        keys,
                                        shared.reach(keys.lead()),
                                        connector.storeToWait(timeout).reach(keys.lead())))
                .toList();
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
                                new LeaderScripts(keys, new ScriptRunner(server))
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
    public CompletableFuture<Room> room() {
        return connection.serverOf(keys.lead()).thenCompose(reads::room);
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
    public CompletableFuture<Boolean> awaitEntry(String id, Duration timeout) {
        if (waiting == null) {
            throw new IllegalStateException("opened for a dispatcher, which never waits on a lane");
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

    @Override
    public void close() {
        if (waiting != null) {
            waiting.close();
        }
        connection.close();
    }
}
