package dev.baton.slice;

import dev.baton.Position;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// One slice's part in a change of the number of slices. Every call is one step of the script `reslice`, and may be sent
/// again; none blocks. Thread-safe.
public interface Handover {

    /// Ends the slice at a position.
    ///
    /// @param slices the number it has
    /// @param becomes the number to come
    /// @param at above every position given so far, at a mark
    /// @param seen where it was seen to end, or null
    CompletableFuture<Reply.ToHandover> announce(
            int slices, int becomes, Position at, @Nullable Position seen);

    /// Takes that back; refused once somebody is ready.
    CompletableFuture<Reply.ToHandover> retract(int becomes);

    /// Looks where the slice ends, and says whether one that will lead the slices to come is in sync.
    CompletableFuture<Reply.ToHandover> ready(int becomes, boolean inSync);

    /// Hands the slice over under the new number, if it has come to its end.
    CompletableFuture<Reply.ToHandover> take(int becomes, Position at);

    /// Begins a slice that the old number did not have.
    CompletableFuture<Reply.ToHandover> open(int becomes, Position at);
}
