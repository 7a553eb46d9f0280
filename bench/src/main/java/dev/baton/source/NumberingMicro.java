package dev.baton.source;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// What a dispatcher does to number a message: count it and digest its bytes.
@State(Scope.Benchmark)
public class NumberingMicro {

    private static final byte[] NO_CHANNEL = {};

    /// Of a payload.
    @Param({"200", "1024"})
    public int bytes;

    private final Numbering numbering = new Numbering(1, 1);
    private byte[] payload = {};

    /// Makes the payload.
    @Setup
    public void make() {
        payload = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            payload[i] = (byte) i;
        }
    }

    /// One message.
    @Benchmark
    public void count() {
        numbering.count(NO_CHANNEL, payload);
    }
}
