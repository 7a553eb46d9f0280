package dev.baton.slice;

import dev.baton.Position;
import org.jspecify.annotations.Nullable;

/// Where a slice ends because the number of slices is being changed.
///
/// @param at what is from there on belongs to the slices to come; null while nothing is being changed
/// @param ready whether one that will lead then is in sync, so that the mark may be published that the slice ends at
public record Ending(@Nullable Position at, boolean ready) {

    /// The slice goes on.
    public static final Ending NONE = new Ending(null, false);
}
