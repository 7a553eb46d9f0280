package dev.baton.bench;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/// Reads answers of Redis, in RESP2, piece by piece as the caller knows their form. Not thread-safe.
final class Answers {

    private static final int BUFFER_BYTES = 256 << 10;

    private final ReadableByteChannel from;
    private final ByteBuffer in = ByteBuffer.allocate(BUFFER_BYTES).flip();

    Answers(ReadableByteChannel from) {
        this.from = from;
    }

    /// The number that an array or an integer begins with.
    ///
    /// @return -1 where there is nothing
    /// @throws IOException if the answer is an error
    long number() throws IOException {
        byte type = next();
        if (type == '-') {
            throw new IOException("the server says: " + line());
        }
        return Long.parseLong(line());
    }

    /// A text or bytes.
    byte[] bytes() throws IOException {
        byte[] bytes = new byte[Math.toIntExact(number())];
        int at = 0;
        while (at < bytes.length) {
            fill();
            int some = Math.min(in.remaining(), bytes.length - at);
            in.get(bytes, at, some);
            at += some;
        }
        line();
        return bytes;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        byte next;
        while ((next = next()) != '\n') {
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    private byte next() throws IOException {
        fill();
        return in.get();
    }

    private void fill() throws IOException {
        while (!in.hasRemaining()) {
            in.clear();
            if (from.read(in) < 0) {
                throw new EOFException("the server has closed the connection");
            }
            in.flip();
        }
    }
}
