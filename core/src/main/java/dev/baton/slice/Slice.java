package dev.baton.slice;

import dev.baton.Position;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// One slice of the store: a call for each script, and a few reads.
///
/// No call blocks. A future that fails says nothing about whether the call took effect: send the same call again, all
/// of them are idempotent. Calls under way at once mostly take effect in the order in which they were made, but a
/// server that has to learn a script may change it; each call names the state it expects, so one that comes too early
/// is refused and nothing else. Thread-safe.
public interface Slice {

    /// Most entries one call may carry, read or move: a script has to be short, and Lua's stack is not deep.
    int MAX_ENTRIES = 1_000;

    /// Bytes one call moves from lane to lane before it leaves the rest to the next; passed by one entry at most.
    int MAX_MOVED_BYTES = 4 << 20;

    /// Most things a worker tells about itself.
    int MAX_ABOUT = 100;

    /// Fields of a worker that only scripts set.
    Set<String> OWN_FIELDS =
            Set.of(
                    "incarnation",
                    "epoch",
                    "beat",
                    "state",
                    "capacity",
                    "head",
                    "fetched",
                    "last",
                    "joined",
                    "wish",
                    "packed",
                    "held",
                    "into",
                    "adding");

    /// How entries get to workers.
    Transport transport();

    /// Reads who leads.
    CompletableFuture<Lead> lead();

    /// Becomes the leader, if nobody moved since the candidate looked. Fails with a [dev.baton.duty.RoleStoppedException] if the
    /// stream has another transport.
    CompletableFuture<Reply.ToClaim> claim(Claim claim);

    /// Shows that the leader is alive.
    ///
    /// @param beat the leader's own count, larger each time
    CompletableFuture<Reply.ToRenew> renew(Leadership by, long beat);

    /// Waits until replicas have everything that was answered before this call.
    ///
    /// @param replicas how many are waited for
    /// @param timeout longest wait; then the answer says how many there are
    CompletableFuture<Reply.ToConfirm> confirm(Leadership by, int replicas, Duration timeout);

    /// Gives the slice up.
    CompletableFuture<Reply.ToResign> resign(Leadership by);

    /// Appends a batch to lanes and moves the watermark past it, or neither. In a group all its entries are
    /// [Delivery#WAITING].
    CompletableFuture<Reply.ToDispatch> dispatch(Leadership by, Batch batch);

    /// Declares a gap and moves the watermark past it, or neither.
    ///
    /// @param count how many messages are lost, null if nobody knows
    CompletableFuture<Reply.ToSkip> skip(
            Leadership by, Position from, Position to, @Nullable Long count, String cause);

    /// Reads the workers.
    CompletableFuture<Roster> roster();

    /// Reads how much unfinished work there is, and how full the server is.
    ///
    /// @param bytes whether the memory that the work takes is wanted, which costs a command for each lane
    CompletableFuture<Usage> usage(boolean bytes);

    /// Takes a lost worker's entries to live lanes, a piece a call.
    ///
    /// @param lost as observed; its beat stood still
    /// @param to live workers' ids; none sends the entries to waiting, and so does a group, whoever is named
    CompletableFuture<Reply.ToReassign> reassign(
            Leadership by, Roster.Seat lost, int maxCrashes, List<String> to);

    /// Moves entries that waited for a worker into live lanes, a piece a call. Not in a group, where workers take them.
    ///
    /// @param to live workers' ids, at least one
    CompletableFuture<Reply.ToDeal> deal(Leadership by, List<String> to);

    /// Moves entries whose time has come into live lanes, a piece a call.
    ///
    /// @param to live workers' ids; none sends the entries to waiting, and so does a group, whoever is named
    CompletableFuture<Reply.ToRetry> retry(Leadership by, List<String> to);

    /// Registers a worker and takes its lane. Fails with a [dev.baton.duty.RoleStoppedException] if the stream has another
    /// transport.
    ///
    /// @param incarnation random, new for each time the worker joins
    /// @param maxCrashes at this many an entry becomes a dead letter
    /// @param about what people want to see: host, version; at most [#MAX_ABOUT], none named like one of [#OWN_FIELDS]
    CompletableFuture<Reply.Joined> join(
            String id, String incarnation, int capacity, int maxCrashes, Map<String, String> about);

    /// Shows that a worker is alive.
    ///
    /// @param beat the worker's own count, larger each time
    CompletableFuture<Reply.ToBeat> beat(Membership by, long beat, WorkerState state);

    /// Moves what the lane still holds to waiting, a piece a call, and removes the worker.
    CompletableFuture<Reply.ToLeave> leave(Membership by);

    /// Finishes the first entries of a lane and reads the next ones; in a group those include new ones, which are the
    /// worker's from then on.
    CompletableFuture<Reply.ToCommit> commit(Membership by, Commit commit);

    /// Has old entries of the output stream go, and counts them in the ledger: whole nodes of the stream, a piece a call.
    ///
    /// @param maxEntries how many stay, about; 0 for any number
    /// @param maxAge how old those may be that stay, by the store's clock; 0 for any age
    /// @return how many went
    CompletableFuture<Long> trim(long maxEntries, Duration maxAge);

    /// Waits until a lane holds something; in a group, until the worker is given something.
    ///
    /// @param timeout longest wait
    /// @return whether there is an entry
    CompletableFuture<Boolean> awaitEntry(String worker, Duration timeout);
}
