package dev.baton.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/// A bare subscriber: messages of one size are counted by their bytes, and not looked at. The count may be read by any
/// thread.
final class Ears implements AutoCloseable {

    private static final int BUFFER_BYTES = 256 << 10;

    private final SocketChannel socket;
    private final int bytesOfEach;
    private final AtomicLong bytes = new AtomicLong();

    /// Subscribes.
    ///
    /// @param bytesOfEach of a message with what the server puts around it
    Ears(String host, int port, String channel, int bytesOfEach) throws IOException {
        this.bytesOfEach = bytesOfEach;
        socket = SocketChannel.open(new InetSocketAddress(host, port));
        byte[] subscribe = Wire.encode(Wire.ascii("SUBSCRIBE"), Wire.ascii(channel));
        socket.write(ByteBuffer.wrap(subscribe));
        String confirmation =
                "*3\r\n$9\r\nsubscribe\r\n$%d\r\n%s\r\n:1\r\n".formatted(channel.length(), channel);
        ByteBuffer confirmed = ByteBuffer.allocate(confirmation.length());
        while (confirmed.hasRemaining() && socket.read(confirmed) >= 0) {
            // It comes in pieces.
        }
        String said = new String(confirmed.array(), StandardCharsets.US_ASCII);
        if (!said.equals(confirmation)) {
            throw new IOException("the server did not confirm the subscription: " + said);
        }
        Thread.ofPlatform().daemon().name("bench-ears").start(this::count);
    }

    /// Messages so far.
    long heard() {
        return bytes.get() / bytesOfEach;
    }

    private void count() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        try {
            int read;
            while ((read = socket.read(buffer.clear())) >= 0) {
                bytes.addAndGet(read);
            }
        } catch (IOException closed) {
            // The end of the measurement.
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
