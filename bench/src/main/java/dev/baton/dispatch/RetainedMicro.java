package dev.baton.dispatch;

import dev.baton.Position;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// What a dispatcher does to keep a message until it is safe, and to make a lane's entry of it.
@State(Scope.Benchmark)
public class RetainedMicro {

    private static final byte[] NO_CHANNEL = {};
    private static final long MAX_BYTES = 64 << 20;
    private static final int MESSAGES = 20_000;
    private static final int BATCH = 500;

    /// Of a payload.
    @Param({"200", "1024"})
    public int bytes;

    private byte[] payload = {};
    private Retained passing = empty();
    private Retained full = empty();
    private Cursor cursor = full.cursorAt(0, full.end());
    private int appended;

    private static Retained empty() {
        Retained retained = new Retained(MAX_BYTES, 0, Overflow.SHED_NEWEST, false, 1);
        retained.open(Position.atMark(1, 1));
        return retained;
    }

    /// Makes the payload, and keeps messages to read.
    @Setup
    public void fill() {
        payload = new byte[bytes];
        passing = empty();
        full = empty();
        for (int i = 0; i < MESSAGES; i++) {
            full.append(NO_CHANNEL, payload);
        }
        cursor = full.cursorAt(0, full.oldest());
    }

    /// One message; after each batch what lies before is released.
    @Benchmark
    public void appendAndRelease() {
        passing.append(NO_CHANNEL, payload);
        if (++appended % BATCH == 0) {
            Position end = passing.end();
            passing.planned(0, end);
            passing.stored(0, end);
            passing.release(0, end, appended);
        }
    }

    /// One message.
    ///
    /// @return its entry
    @Benchmark
    public Object take() {
        if (!cursor.hasNext()) {
            cursor = full.cursorAt(0, full.oldest());
        }
        return cursor.take(1);
    }

    /// One element of a lane: as many messages as a pack holds.
    ///
    /// @return the pack
    @Benchmark
    public Object takePack() {
        if (!cursor.hasNext()) {
            cursor = full.cursorAt(0, full.oldest());
        }
        return cursor.take(1, BATCH);
    }
}
