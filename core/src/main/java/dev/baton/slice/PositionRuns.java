package dev.baton.slice;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Positions in runs, as `commit` takes them: most follow each other, and the store compares a run with a pack at once.
final class PositionRuns {

    /// A position, how many, how far apart their indexes are, 0.
    static final int RUN_BYTES = 16;

    private static final int COUNT_AT = Entry.POSITION_BYTES;
    private static final int STEP_AT = COUNT_AT + Short.BYTES;
    private static final int INDEX_AT = Entry.POSITION_BYTES - Integer.BYTES;
    private static final int MAX_STEP = 255;
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private PositionRuns() {}

    /// @param positions [Entry#POSITION_BYTES] each, at most [Slice#MAX_ENTRIES]
    static byte[] of(byte[] positions) {
        int count = positions.length / Entry.POSITION_BYTES;
        byte[] runs = new byte[count * RUN_BYTES];
        int to = 0;
        for (int first = 0; first < count; to += RUN_BYTES) {
            int length = lengthOfRun(positions, first, count);
            int step = length == 1 ? 0 : distance(positions, first);
            int from = first * Entry.POSITION_BYTES;
            System.arraycopy(positions, from, runs, to, Entry.POSITION_BYTES);
            runs[to + COUNT_AT] = (byte) (length >>> Byte.SIZE);
            runs[to + COUNT_AT + 1] = (byte) length;
            runs[to + STEP_AT] = (byte) step;
            first += length;
        }
        return Arrays.copyOf(runs, to);
    }

    private static int lengthOfRun(byte[] positions, int first, int count) {
        int next = first + 1;
        while (next < count
                && inOneSegment(positions, next - 1)
                && distance(positions, next - 1) == distance(positions, first)
                && Integer.compareUnsigned(distance(positions, first), MAX_STEP) <= 0) {
            next++;
        }
        return next - first;
    }

    /// Whether a position and the one after it follow the same mark.
    private static boolean inOneSegment(byte[] positions, int at) {
        int from = at * Entry.POSITION_BYTES;
        return (long) LONG.get(positions, from)
                == (long) LONG.get(positions, from + Entry.POSITION_BYTES);
    }

    private static int distance(byte[] positions, int at) {
        int from = at * Entry.POSITION_BYTES + INDEX_AT;
        return (int) INT.get(positions, from + Entry.POSITION_BYTES)
                - (int) INT.get(positions, from);
    }
}
