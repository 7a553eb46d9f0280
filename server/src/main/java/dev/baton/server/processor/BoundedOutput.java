package dev.baton.server.processor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/// Bytes in memory, up to a bound. Not thread-safe.
final class BoundedOutput extends OutputStream {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final long maxBytes;
    private boolean full;

    BoundedOutput(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    /// @throws IOException if it would be more than the bound
    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
        if (bytes.size() + (long) length > maxBytes) {
            full = true;
            throw new IOException("more than " + maxBytes + " bytes");
        }
        bytes.write(from, offset, length);
    }

    /// Whether something did not fit.
    boolean isFull() {
        return full;
    }

    byte[] toByteArray() {
        return bytes.toByteArray();
    }
}
