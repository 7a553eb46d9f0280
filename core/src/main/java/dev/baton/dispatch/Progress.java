package dev.baton.dispatch;

import dev.baton.Position;
import java.util.Arrays;
import java.util.Collections;

/// How far each slice has come: before which position all of its messages are safe, before which they are at least in the
/// store, and before which at least on their way. Not thread-safe.
final class Progress {

    private final Position[] safe;
    private final Position[] stored;
    private final Position[] planned;

    /// @param slices how many there are
    Progress(int slices) {
        safe = new Position[slices];
        stored = new Position[slices];
        planned = new Position[slices];
        startOverAt(Position.atMark(0, 0));
    }

    /// Nothing is known of what lies before a position any more.
    void startOverAt(Position begin) {
        Arrays.fill(safe, begin);
        Arrays.fill(stored, begin);
        Arrays.fill(planned, begin);
    }

    int slices() {
        return safe.length;
    }

    /// @param before may lie before an earlier one, when the store lost its tail
    void safe(int slice, Position before) {
        safe[slice] = before;
        if (stored[slice].compareTo(before) < 0) {
            stored(slice, before);
        }
    }

    /// @param before may lie before an earlier one, when the store lost its tail
    void stored(int slice, Position before) {
        stored[slice] = before;
        if (planned[slice].compareTo(before) < 0) {
            planned[slice] = before;
        }
    }

    /// @param before may lie before an earlier one, when planning starts over
    void planned(int slice, Position before) {
        planned[slice] = before;
    }

    void forgetPlans(int slice) {
        planned[slice] = stored[slice];
    }

    /// The position before which every slice is safe.
    Position safe() {
        return safe.length == 1 ? safe[0] : Collections.min(Arrays.asList(safe));
    }

    /// The position before which the store has everything, on a replica or not.
    Position stored() {
        return stored.length == 1 ? stored[0] : Collections.min(Arrays.asList(stored));
    }

    /// The position from which on nothing of any slice is on its way.
    Position planned() {
        return planned.length == 1 ? planned[0] : Collections.max(Arrays.asList(planned));
    }
}
