package dev.baton.slice;

import java.util.List;

/// What one `commit` finishes and reads.
///
/// @param head how many entries had left the lane before
/// @param positions of the entries that finish, [Entry#POSITION_BYTES] each as they stand there: a store that lost its tail may
///     hold others at the same place
/// @param finishes for the first entries of the lane, oldest first, at most [Slice#MAX_ENTRIES]
/// @param readFrom ordinal of the first entry wanted, counted like `head`; the worker holds those before it
/// @param maxEntries how many more are wanted
/// @param maxBytes how many bytes more are wanted, passed by at most one element
public record Commit(
        long head,
        byte[] positions,
        List<Finish> finishes,
        long readFrom,
        int maxEntries,
        int maxBytes) {}
