package dev.baton.slice;

import dev.baton.Position;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A slice as tests see it that want something done to what is dispatched; all else goes on to the slice behind it.
abstract class SliceInFront implements Slice {

    final Slice slice;

    SliceInFront(Slice slice) {
        this.slice = slice;
    }

    @Override
    public Transport transport() {
        return slice.transport();
    }

    @Override
    public CompletableFuture<Lead> lead() {
        return slice.lead();
    }

    @Override
    public CompletableFuture<Reply.ToClaim> claim(Claim claim) {
        return slice.claim(claim);
    }

    @Override
    public CompletableFuture<Reply.ToRenew> renew(Leadership by, long beat) {
        return slice.renew(by, beat);
    }

    @Override
    public CompletableFuture<Reply.ToConfirm> confirm(
            Leadership by, int replicas, Duration timeout) {
        return slice.confirm(by, replicas, timeout);
    }

    @Override
    public CompletableFuture<Reply.ToResign> resign(Leadership by) {
        return slice.resign(by);
    }

    @Override
    public CompletableFuture<Reply.ToSkip> skip(
            Leadership by, Position from, Position to, @Nullable Long count, String cause) {
        return slice.skip(by, from, to, count, cause);
    }

    @Override
    public CompletableFuture<Roster> roster() {
        return slice.roster();
    }

    @Override
    public CompletableFuture<Usage> usage(boolean bytes) {
        return slice.usage(bytes);
    }

    @Override
    public CompletableFuture<Reply.ToReassign> reassign(
            Leadership by, Roster.Seat lost, int maxCrashes, List<String> to) {
        return slice.reassign(by, lost, maxCrashes, to);
    }

    @Override
    public CompletableFuture<Reply.ToDeal> deal(Leadership by, List<String> to) {
        return slice.deal(by, to);
    }

    @Override
    public CompletableFuture<Reply.ToRetry> retry(Leadership by, List<String> to) {
        return slice.retry(by, to);
    }

    @Override
    public CompletableFuture<Reply.Joined> join(
            String id,
            String incarnation,
            int capacity,
            int maxCrashes,
            Map<String, String> about) {
        return slice.join(id, incarnation, capacity, maxCrashes, about);
    }

    @Override
    public CompletableFuture<Reply.ToBeat> beat(Membership by, long beat, WorkerState state) {
        return slice.beat(by, beat, state);
    }

    @Override
    public CompletableFuture<Reply.ToLeave> leave(Membership by) {
        return slice.leave(by);
    }

    @Override
    public CompletableFuture<Reply.ToCommit> commit(Membership by, Commit commit) {
        return slice.commit(by, commit);
    }

    @Override
    public CompletableFuture<Long> trim(long maxEntries, Duration maxAge) {
        return slice.trim(maxEntries, maxAge);
    }

    @Override
    public CompletableFuture<Boolean> awaitEntry(String worker, Duration timeout) {
        return slice.awaitEntry(worker, timeout);
    }
}
