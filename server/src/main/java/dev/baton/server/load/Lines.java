package dev.baton.server.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/// Messages from a stream of bytes, one a line, as they come. A thread of its own reads ahead, so that whoever publishes
/// never waits for a line and can stop at any time.
public final class Lines implements Messages {

    private static final int MAX_READ_AHEAD_LINES = 4_096;

    private final BlockingQueue<byte[]> read = new ArrayBlockingQueue<>(MAX_READ_AHEAD_LINES);
    private volatile @Nullable IOException failure;
    private volatile boolean exhausted;

    private Lines() {}

    /// Begins to read. The thread is a daemon: a read from a terminal cannot be interrupted.
    public static Lines from(InputStream in) {
        Lines lines = new Lines();
        Thread.ofPlatform().daemon().name("baton-lines").start(() -> lines.readAll(in));
        return lines;
    }

    /// Bytes as they are: one character stands for one byte.
    private void readAll(InputStream in) {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(in, StandardCharsets.ISO_8859_1))) {
            String line = reader.readLine();
            while (line != null) {
                read.put(line.getBytes(StandardCharsets.ISO_8859_1));
                line = reader.readLine();
            }
        } catch (IOException e) {
            failure = e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        exhausted = true;
    }

    @Override
    public byte @Nullable [] next() {
        return read.poll();
    }

    /// @throws UncheckedIOException if reading failed
    @Override
    public boolean ended() {
        if (!exhausted || !read.isEmpty()) {
            return false;
        }
        IOException failed = failure;
        if (failed != null) {
            throw new UncheckedIOException(
                    "cannot read the messages: " + failed.getMessage(), failed);
        }
        return true;
    }
}
