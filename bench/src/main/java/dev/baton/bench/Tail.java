package dev.baton.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/// Reads streams as they grow, from where they end when it is made, and times each entry against the moment at which its
/// message ought to have been sent, so that a load that could not keep up hides nothing. It does no more than that, for it
/// shares the machine with what it times.
final class Tail implements AutoCloseable {

    private static final byte[] PAYLOAD = Wire.ascii("payload");
    private static final long MAX_MICROS = 60_000_000;
    private static final String MOST_ENTRIES = "1000";
    private static final String WAIT_MILLIS = "100";
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final SocketChannel socket;
    private final Answers answers;
    private final List<byte[]> streams;
    private final List<byte[]> lasts = new ArrayList<>();
    private final Histogram micros = new Histogram(MAX_MICROS, 3);
    private final FutureTask<Histogram> reading = new FutureTask<>(this::readAll);
    private final long fromNanos;
    private volatile long messages = Long.MAX_VALUE;
    private volatile long endNanos;

    /// Begins to read.
    ///
    /// @param streams their keys
    Tail(String host, int port, List<byte[]> streams) throws IOException {
        this.streams = streams;
        socket = SocketChannel.open(new InetSocketAddress(host, port));
        socket.socket().setTcpNoDelay(true);
        answers = new Answers(socket);
        for (byte[] stream : streams) {
            lasts.add(lastOf(stream));
        }
        fromNanos = System.nanoTime();
        Thread.ofPlatform().daemon().name("bench-tail").start(reading);
    }

    /// Ends when it has read what has come out.
    ///
    /// @param sent how many messages ought to have been sent since it began
    /// @return their latencies in microseconds
    /// @throws IOException if it could not read them all: where it falls too far behind, the oldest are there no more
    Histogram end(long sent) throws IOException, InterruptedException {
        endNanos = System.nanoTime() + PATIENCE_NANOS;
        messages = sent;
        try {
            Histogram read = reading.get();
            if (read.getTotalCount() < sent) {
                throw new IOException(
                        "the reader came too late for %,d of %,d messages"
                                .formatted(sent - read.getTotalCount(), sent));
            }
            return read;
        } catch (ExecutionException e) {
            throw new IOException("cannot read the stream: " + e.getCause(), e);
        }
    }

    private byte[] lastOf(byte[] stream) throws IOException {
        ask(
                Wire.ascii("XREVRANGE"),
                stream,
                Wire.ascii("+"),
                Wire.ascii("-"),
                Wire.ascii("COUNT"),
                Wire.ascii("1"));
        byte[] last = Wire.ascii("0-0");
        for (long entries = answers.number(); entries > 0; entries--) {
            answers.number();
            last = answers.bytes();
            payload();
        }
        return last;
    }

    private Histogram readAll() throws IOException {
        while (micros.getTotalCount() < messages
                && (messages == Long.MAX_VALUE || System.nanoTime() - endNanos < 0)) {
            askForMore();
            for (long grown = answers.number(); grown > 0; grown--) {
                answers.number();
                int stream = numberOf(answers.bytes());
                for (long entries = answers.number(); entries > 0; entries--) {
                    answers.number();
                    lasts.set(stream, answers.bytes());
                    count(Letter.atNanos(payload()), System.nanoTime());
                }
            }
        }
        return micros;
    }

    private void count(long at, long now) {
        if (at >= fromNanos) {
            micros.recordValue(Math.clamp((now - at) / 1_000, 0, MAX_MICROS));
        }
    }

    /// Reads an entry's fields.
    private byte[] payload() throws IOException {
        byte[] payload = {};
        for (long words = answers.number(); words > 0; words -= 2) {
            byte[] name = answers.bytes();
            byte[] value = answers.bytes();
            if (Arrays.equals(name, PAYLOAD)) {
                payload = value;
            }
        }
        return payload;
    }

    private int numberOf(byte[] key) throws IOException {
        for (int i = 0; i < streams.size(); i++) {
            if (Arrays.equals(streams.get(i), key)) {
                return i;
            }
        }
        throw new IOException("entries of a stream that was not asked for");
    }

    private void askForMore() throws IOException {
        List<byte[]> words = new ArrayList<>();
        for (String word :
                List.of("XREAD", "COUNT", MOST_ENTRIES, "BLOCK", WAIT_MILLIS, "STREAMS")) {
            words.add(Wire.ascii(word));
        }
        words.addAll(streams);
        words.addAll(lasts);
        ask(words.toArray(byte[][]::new));
    }

    private void ask(byte[]... words) throws IOException {
        ByteBuffer request = ByteBuffer.wrap(Wire.encode(words));
        while (request.hasRemaining()) {
            socket.write(request);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
