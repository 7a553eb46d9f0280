package dev.baton.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/// Publishes at a fixed rate, or as fast as the messages come out at the other end: a window bounds how many are under way,
/// or the server would cut its slow subscribers.
final class Load {

    private static final int BATCH = 200;
    private static final long TICK_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    private final Wire wire;
    private final Letter letter;
    private final LongSupplier arrived;
    private final int window;
    private final ByteBuffer out;
    private final AtomicLong sent = new AtomicLong();

    /// @param arrived how many have come out at the other end
    /// @param window how many may be under way when there is no rate
    Load(Wire wire, Letter letter, LongSupplier arrived, int window) {
        this.wire = wire;
        this.letter = letter;
        this.arrived = arrived;
        this.window = window;
        this.out = ByteBuffer.allocateDirect(BATCH * letter.bytes());
    }

    /// Messages sent so far.
    long sent() {
        return sent.get();
    }

    /// Publishes for a time.
    ///
    /// @param perSecond 0 for as fast as they arrive
    void publish(long nanos, long perSecond) throws IOException {
        long began = System.nanoTime();
        long before = sent.get();
        long now = began;
        while (now - began < nanos) {
            long due =
                    perSecond == 0
                            ? arrived.getAsLong() + window
                            : before + (long) ((now - began) / 1e9 * perSecond);
            if (sent.get() < due) {
                send((int) Math.min(BATCH, due - sent.get()), began, before, perSecond);
            } else {
                LockSupport.parkNanos(TICK_NANOS);
            }
            now = System.nanoTime();
        }
    }

    private void send(int messages, long began, long before, long perSecond) throws IOException {
        out.clear();
        for (int i = 0; i < messages; i++) {
            long id = sent.get() + i;
            long at =
                    perSecond == 0
                            ? System.nanoTime()
                            : began + (long) ((id - before) * 1e9 / perSecond);
            letter.append(out, id, at);
        }
        wire.write(out.flip());
        sent.addAndGet(messages);
    }
}
