package dev.baton.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/// A bare connection to Redis for commands whose answers are one line each: what is written is written at once, answers
/// are only counted. Next to nothing of our own stands between the server and a measurement.
///
/// One thread writes; the count may be read by any.
final class Wire implements AutoCloseable {

    private static final int BUFFER_BYTES = 256 << 10;

    private final SocketChannel socket;
    private final AtomicLong answers = new AtomicLong();
    private volatile boolean refused;

    Wire(String host, int port) throws IOException {
        socket = SocketChannel.open(new InetSocketAddress(host, port));
        socket.socket().setTcpNoDelay(true);
        Thread.ofPlatform().daemon().name("bench-answers").start(this::countAnswers);
    }

    /// Writes all of a buffer.
    void write(ByteBuffer commands) throws IOException {
        while (commands.hasRemaining()) {
            socket.write(commands);
        }
    }

    /// Answers since the connection was opened.
    long answers() {
        return answers.get();
    }

    /// Whether an answer was an error.
    boolean refused() {
        return refused;
    }

    private void countAnswers() {
        ByteBuffer bytes = ByteBuffer.allocateDirect(BUFFER_BYTES);
        boolean lineBegins = true;
        try {
            while (socket.read(bytes.clear()) >= 0) {
                bytes.flip();
                long lines = 0;
                while (bytes.hasRemaining()) {
                    byte next = bytes.get();
                    if (lineBegins) {
                        // An id follows its length, on a line that begins with a digit.
                        lines += next == ':' || next == '$' || next == '-' ? 1 : 0;
                        refused |= next == '-';
                    }
                    lineBegins = next == '\n';
                }
                answers.addAndGet(lines);
            }
        } catch (IOException closed) {
            // The end of the measurement.
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /// The bytes of a command.
    static byte[] encode(byte[]... words) {
        ByteBuffer out = ByteBuffer.allocate(64 + 32 * words.length + sum(words));
        out.put(ascii("*" + words.length + "\r\n"));
        for (byte[] word : words) {
            out.put(ascii("$" + word.length + "\r\n")).put(word).put(ascii("\r\n"));
        }
        byte[] encoded = new byte[out.position()];
        out.flip().get(encoded);
        return encoded;
    }

    private static int sum(byte[]... words) {
        int sum = 0;
        for (byte[] word : words) {
            sum += word.length;
        }
        return sum;
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
