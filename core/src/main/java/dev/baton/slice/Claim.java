package dev.baton.slice;

import dev.baton.Position;
import org.jspecify.annotations.Nullable;

/// A candidacy for a slice.
///
/// @param owner the candidate's id, random and new for each candidacy
/// @param seen what stood still for a whole lease
/// @param number of the slice; of slice 0 the epoch is the term of the marks
/// @param highestEpoch the highest epoch of this slice the candidate ever heard of
/// @param coveredFrom where the candidate's coverage begins, or null if it covers nothing
/// @param force whether to claim ground that is not covered, declaring the gap
/// @param start where a forced claim begins to dispatch; for slice 0, null for mark 0 of the new term
/// @param heardBefore whether the candidate knows that there was something before the start, though the store may not
/// @param slices how many slices the candidate believes in
/// @param generation a name for this state of the store, used if it has none
/// @param cause why there is a gap, if there is one
/// @param maxDeadLetters how many dead letters the slice keeps from now on; the oldest go, counted; 0 for any number
public record Claim(
        String owner,
        Lead seen,
        int number,
        long highestEpoch,
        @Nullable Position coveredFrom,
        boolean force,
        @Nullable Position start,
        boolean heardBefore,
        int slices,
        String generation,
        String cause,
        long maxDeadLetters) {

    /// @throws IllegalArgumentException if a slice other than 0 is to begin at a term of its own
    public Claim {
        if (number > 0 && force && start == null) {
            throw new IllegalArgumentException("only slice 0 begins at a term of its own");
        }
    }
}
