package dev.baton.slice;

import java.util.List;

/// The entries of a batch that go to one lane.
///
/// @param worker the lane's worker; empty for waiting
/// @param entries oldest first
public record Delivery(String worker, List<Entry> entries) {

    /// The place of entries for which there is no worker.
    public static final String WAITING = "";

    /// @throws IllegalArgumentException if there are no entries
    public Delivery {
        if (entries.isEmpty()) {
            throw new IllegalArgumentException("a delivery without entries");
        }
    }
}
