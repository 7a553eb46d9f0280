package dev.baton.slice;

import java.util.ArrayList;
import java.util.List;

/// What a lane holds: an entry, in one place of the list, or a pack of them, in two.
public sealed interface Element permits Entry, Pack {

    /// What stands in the list, one or two places; not copied.
    List<byte[]> parts();

    /// Length of all parts.
    int length();

    /// How many entries it is.
    int size();

    /// The entries, oldest first.
    List<Entry> entries();

    /// Tells packs and entries apart; what is neither is an entry that cannot be read.
    ///
    /// @param parts as they stand in a list, from the beginning of an element on; not copied
    static List<Element> all(List<byte[]> parts) {
        List<Element> all = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            byte[] part = parts.get(i);
            if (!Pack.isHead(part)) {
                all.add(new Entry(part));
            } else if (++i < parts.size()) {
                all.add(new Pack(part, parts.get(i)));
            } else {
                all.add(new Pack(part, Pack.NO_BODY));
            }
        }
        return all;
    }
}
