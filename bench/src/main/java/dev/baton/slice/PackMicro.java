package dev.baton.slice;

import dev.baton.Position;
import java.nio.ByteBuffer;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// What a worker does to take 300 messages out of a pack.
@State(Scope.Benchmark)
public class PackMicro {

    private static final int MESSAGES = 300;

    /// Of a payload.
    @Param("200")
    public int bytes;

    private Pack pack = Pack.of(new Position(1, 1, 0), 1, 1, false, 1, new byte[0]);

    /// Makes the pack.
    @Setup
    public void make() {
        ByteBuffer records = ByteBuffer.allocate(MESSAGES * (Integer.BYTES + bytes));
        for (int i = 0; i < MESSAGES; i++) {
            records.putInt(bytes).put(new byte[bytes]);
        }
        pack = Pack.of(new Position(1, 1, 0), 1, 1, false, MESSAGES, records.array());
    }

    /// One pack.
    ///
    /// @return its entries
    @Benchmark
    public List<Entry> entries() {
        return pack.entries();
    }
}
