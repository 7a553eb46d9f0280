package dev.baton.slice;

import dev.baton.Position;
import java.util.List;

/// What one `dispatch` appends; without deliveries it only moves the watermark over a quiet stretch.
///
/// @param expected where the watermark must stand
/// @param next where it stands afterwards
/// @param deliveries each lane at most once, at most [Slice#MAX_ENTRIES] entries together
public record Batch(Position expected, Position next, List<Delivery> deliveries) {

    /// How many entries there are.
    public int size() {
        int size = 0;
        for (Delivery delivery : deliveries) {
            size += delivery.size();
        }
        return size;
    }
}
