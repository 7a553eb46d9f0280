package dev.baton.server.chaos;

import dev.baton.Position;

/// A message that came out somewhere.
///
/// @param ordinal its number among the publications, or -1 if it is none of ours
/// @param position its identity
/// @param place where it is
record Found(int ordinal, Position position, Place place) {

    /// Where a message may be at the end.
    enum Place {
        /// In the output stream.
        COMMITTED,
        /// Among the dead letters.
        DEAD,
        /// In a lane, waiting, or waiting for another attempt.
        HELD,
        /// Read from a stream before the store was emptied on purpose, and not there any more.
        VANISHED
    }
}
