package dev.baton.slice;

import java.util.ArrayList;
import java.util.List;

/// What a lane holds: an entry, in one place of the list, or a pack of them, in two.
public sealed interface Element permits Entry, Pack {

    /// What stands in the list, one or two places; not copied.
    List<byte[]> parts();

    /// Length of all parts together, in bytes.
    int length();

    /// How many entries it holds.
    int size();

    /// The entries, oldest first.
    List<Entry> entries();

    /// Some of the entries, which may keep as much as twice their own length in memory and no more.
    ///
    /// @param from the first one, counted from 0
    /// @param to before which one they end
    default List<Entry> entries(int from, int to) {
        List<Entry> some = entries().subList(from, to);
        long bytes = 0;
        for (Entry entry : some) {
            bytes += entry.length();
        }
        return 2 * bytes < length() ? some.stream().map(Entry::copy).toList() : some;
    }

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
                all.add(new Pack(part, Pack.NOTHING));
            }
        }
        return all;
    }
}
