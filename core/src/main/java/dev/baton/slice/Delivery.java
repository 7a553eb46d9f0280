package dev.baton.slice;

import java.util.ArrayList;
import java.util.List;

/// What of a batch goes to one lane.
///
/// @param worker the lane's worker; empty for waiting
/// @param elements oldest first; packs go to lanes only
public record Delivery(String worker, List<? extends Element> elements) {

    /// The place of entries for which there is no worker.
    public static final String WAITING = "";

    /// @throws IllegalArgumentException if there is nothing in it, or a pack where none can be
    public Delivery {
        if (elements.isEmpty()) {
            throw new IllegalArgumentException("a delivery without elements");
        }
        if (worker.equals(WAITING) && elements.stream().anyMatch(Pack.class::isInstance)) {
            throw new IllegalArgumentException("a pack outside a lane");
        }
    }

    /// How many entries there are.
    public int size() {
        int size = 0;
        for (Element element : elements) {
            size += element.size();
        }
        return size;
    }

    /// What stands in the list, oldest first.
    List<byte[]> parts() {
        List<byte[]> parts = new ArrayList<>(2 * elements.size());
        elements.forEach(element -> parts.addAll(element.parts()));
        return parts;
    }

    /// All entries, out of their packs.
    public List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        elements.forEach(element -> entries.addAll(element.entries()));
        return entries;
    }
}
