package dev.baton.slice;

import dev.baton.Position;
import org.jspecify.annotations.Nullable;

/// A candidacy for a slice.
///
/// @param owner the candidate's id, random and new for each candidacy
/// @param seen what stood still for a whole lease
/// @param highestEpoch the highest epoch the candidate ever heard of
/// @param coveredFrom where the candidate's coverage begins, or null if it covers nothing
/// @param force whether to claim ground that is not covered, declaring the gap
/// @param start where a forced claim begins to dispatch, or null for mark 0 of the new term
/// @param slices how many slices the candidate believes in
/// @param generation a name for this state of the store, used if it has none
/// @param cause why there is a gap, if there is one
public record Claim(
        String owner,
        Lead seen,
        long highestEpoch,
        @Nullable Position coveredFrom,
        boolean force,
        @Nullable Position start,
        int slices,
        String generation,
        String cause) {}
