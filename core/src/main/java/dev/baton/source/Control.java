package dev.baton.source;

import dev.baton.Position;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What dispatchers tell each other on the control channel. Its layout in bytes is [ControlCodec]'s.
public sealed interface Control {

    /// A fingerprint of what the pipeline listens to; what carries another one is not meant for us.
    long pipeline();

    /// Opens a segment: messages behind it are numbered from 0 under its term and number. Never sent twice, another
    /// attempt is another mark; but for the one at which a slicing ends, of which the first counts.
    ///
    /// @param nonce random, by which its sender knows it again
    /// @param node the server it was published to, as [Subscription#node] gives it
    /// @param term the epoch of its sender, or a higher one that was heard
    /// @param mark its number within the term, from 1
    /// @param closed the newest complete segment its sender had heard, or null if there was none yet
    record Mark(long pipeline, long nonce, long node, int term, int mark, @Nullable Segment closed)
            implements Control {

        /// Where the segment it opens begins.
        public Position opens() {
            return Position.atMark(term, mark);
        }
    }

    /// Shows that a leader still hears itself, and what the others may release; where slices are shared out among
    /// dispatchers, also who else could lead. Opens nothing.
    ///
    /// @param nonce random, by which its sender knows it again
    /// @param sender names a dispatcher that leads or could lead; 0 for one that only asks whether it is heard
    /// @param led the slices its sender leads
    record Probe(long pipeline, long nonce, long sender, List<Led> led) implements Control {}

    /// One slice in a probe.
    ///
    /// @param slice its number
    /// @param epoch of its leader
    /// @param safe what lies before this position needs no one to retain it
    record Led(int slice, long epoch, Position safe) {}

    /// A slice was given up in order; whoever is in sync may claim it at once.
    ///
    /// @param slice its number
    /// @param epoch of the leader that went
    /// @param wish the dispatcher that shall have it, as in [Probe#sender]; 0 for any
    record Resigned(long pipeline, int slice, long epoch, long wish) implements Control {}
}
