package dev.baton.slice;

import dev.baton.Position;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the scripts answer. *Applied* covers a repeated call whose effect was there already.
public sealed interface Reply {

    /// Somebody else owns this now: stop, forget, start over as a newcomer.
    record Fenced()
            implements Reply,
                    ToRenew,
                    ToConfirm,
                    ToResign,
                    ToDispatch,
                    ToSkip,
                    ToReassign,
                    ToDeal,
                    ToRetry,
                    ToBeat,
                    ToLeave,
                    ToCommit {}

    /// The watermark stands elsewhere than expected; nothing was written.
    record Regressed(Position watermark) implements ToDispatch, ToSkip {}

    /// These workers' lanes take nothing any more; nothing was written.
    record LanesClosed(List<String> workers) implements ToDispatch, ToReassign, ToDeal, ToRetry {}

    /// The slice ends before that, because the number of slices is being changed; nothing was written.
    record Bounded(Position ends) implements ToDispatch, ToSkip {}

    /// Done, and nothing more to say.
    record Applied() implements ToResign, ToSkip, ToBeat {}

    /// A bounded piece was moved.
    ///
    /// @param left entries still to move; 0 when all is done
    record Moved(long left) implements ToReassign, ToDeal, ToLeave {}

    /// Answer of `claim`.
    sealed interface ToClaim extends Reply {}

    /// The slice is ours.
    ///
    /// @param gapFrom where the declared gap begins, or null if there is none; it ends at the watermark
    /// @param ending where the slice ends, if its number is being changed
    record Granted(
            Leadership leadership,
            Position watermark,
            String generation,
            long storeMillis,
            @Nullable Position gapFrom,
            Ending ending)
            implements ToClaim {}

    /// Somebody moved since the candidate looked.
    record Lost() implements ToClaim {}

    /// The candidate's coverage begins after the watermark, and it did not force.
    record Uncovered() implements ToClaim {}

    /// The pipeline has another number of slices.
    record OtherSlices(int slices) implements ToClaim, ToHandover {}

    /// Answer of `renew`.
    sealed interface ToRenew extends Reply {}

    /// The lease holds.
    ///
    /// @param roster changes whenever a worker comes, goes or falls quiet
    /// @param ending where the slice ends, if its number is being changed
    record Renewed(
            Position watermark,
            String generation,
            long roster,
            boolean paused,
            long storeMillis,
            Ending ending)
            implements ToRenew {}

    /// Answer of `confirm`.
    sealed interface ToConfirm extends Reply {}

    /// So many replicas have everything before the watermark.
    record Confirmed(Position watermark, long replicas) implements ToConfirm {}

    /// Answer of `resign`.
    sealed interface ToResign extends Reply {}

    /// Answer of `dispatch`.
    sealed interface ToDispatch extends Reply {}

    /// The batch is in its lanes.
    ///
    /// @param roster changes whenever a worker comes, goes or falls quiet
    /// @param waiting entries that wait for a worker
    /// @param backlogs entries in each lane, in the batch's order
    record Appended(
            Position watermark, long roster, long storeMillis, long waiting, List<Long> backlogs)
            implements ToDispatch {}

    /// Answer of `skip`.
    sealed interface ToSkip extends Reply {}

    /// Answer of `reassign`.
    sealed interface ToReassign extends Reply {}

    /// The worker moved since the leader looked.
    record Alive() implements ToReassign {}

    /// Answer of `retry`.
    sealed interface ToRetry extends Reply {}

    /// Entries whose time had come are in lanes, or waiting.
    ///
    /// @param nextMillis in how many milliseconds the next is due, -1 if there is none
    record Retried(long moved, long nextMillis) implements ToRetry {}

    /// Answer of `deal`.
    sealed interface ToDeal extends Reply {}

    /// Answer of `join`.
    ///
    /// @param membership the right to commit
    /// @param head how many entries have left the lane
    /// @param backlog how many it holds
    record Joined(Membership membership, long head, long backlog, long storeMillis)
            implements Reply {}

    /// Answer of `beat`.
    sealed interface ToBeat extends Reply {}

    /// Answer of `leave`.
    sealed interface ToLeave extends Reply {}

    /// Answer of `reslice`.
    sealed interface ToHandover extends Reply {}

    /// The step is done, or was before.
    ///
    /// @param ends where the slice ends now, or null if it does not
    record HandedOn(@Nullable Position ends) implements ToHandover {}

    /// It is not so far, or too late; nothing was written.
    record NotNow() implements ToHandover {}

    /// Answer of `commit`.
    sealed interface ToCommit extends Reply {}

    /// The outcomes took effect.
    ///
    /// @param head how many entries have left the lane
    /// @param backlog how many it holds, those returned included
    /// @param entries the next ones
    record Committed(long head, long backlog, long storeMillis, List<Entry> entries)
            implements ToCommit {}

    /// The lane stands elsewhere than the worker believes; nothing was written.
    record Misplaced(long head) implements ToCommit {}
}
