package dev.baton.slice;

import java.util.List;

/// What a lane holds in one place: an entry, or a pack of them.
public sealed interface Element permits Entry, Pack {

    /// The bytes, as they stand in the lane; not copied.
    byte[] bytes();

    /// How many entries it is.
    int size();

    /// The entries, oldest first.
    List<Entry> entries();

    /// Tells packs and entries apart; what is neither is an entry that cannot be read.
    ///
    /// @param bytes not copied
    static Element of(byte[] bytes) {
        return Pack.isPack(bytes) ? new Pack(bytes) : new Entry(bytes);
    }
}
