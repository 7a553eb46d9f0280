package dev.baton.slice;

import dev.baton.Position;
import org.jspecify.annotations.Nullable;

/// Who leads a slice, as a standby sees it.
///
/// @param epoch 0 before the first claim
/// @param owner empty when nobody leads
/// @param beat moved by the leader; -1 before the first claim
/// @param watermark null before the first claim
/// @param generation names this state of the store: another one means that the store was emptied; empty before the first
///     claim
/// @param slices how many the pipeline has, 0 before the first claim
/// @param ends where the slice ends because their number is being changed, or null
public record Lead(
        long epoch,
        String owner,
        long beat,
        @Nullable Position watermark,
        String generation,
        int slices,
        @Nullable Position ends) {

    /// Nobody ever led.
    public static final Lead NONE = new Lead(0, "", -1, null, "", 0, null);

    /// Whether everything up to its end is in the store.
    public boolean atItsEnd() {
        return ends != null && watermark != null && watermark.compareTo(ends) >= 0;
    }
}
