package dev.baton.bench;

import io.lettuce.core.StreamMessage;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/// Reads a stream as it grows and times each entry against the moment at which its message ought to have been sent, so that
/// a load that could not keep up hides nothing.
final class Tail implements Runnable {

    private static final byte[] PAYLOAD = "payload".getBytes(StandardCharsets.UTF_8);
    private static final long MAX_MICROS = 60_000_000;

    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final byte[] stream;
    private final Histogram micros = new Histogram(MAX_MICROS, 3);
    private volatile long fromNanos = Long.MAX_VALUE;
    private volatile boolean ended;

    Tail(StatefulRedisConnection<byte[], byte[]> connection, String stream) {
        this.connection = connection;
        this.stream = stream.getBytes(StandardCharsets.UTF_8);
    }

    /// Counts messages that ought to have been sent from now on.
    void begin() {
        fromNanos = System.nanoTime();
    }

    /// Ends; what was counted is complete when the thread has ended.
    void end() {
        ended = true;
    }

    Histogram micros() {
        return micros;
    }

    @Override
    @SuppressWarnings(
            "unchecked") // an array of offsets, for want of another way to name one stream
    public void run() {
        String last = "0-0";
        XReadArgs args = XReadArgs.Builder.block(Duration.ofMillis(100)).count(1_000);
        while (!ended) {
            List<StreamMessage<byte[], byte[]>> entries =
                    connection.sync().xread(args, XReadArgs.StreamOffset.from(stream, last));
            long now = System.nanoTime();
            for (StreamMessage<byte[], byte[]> entry : entries) {
                last = entry.getId();
                long at = Letter.atNanos(payload(entry.getBody()));
                if (at >= fromNanos) {
                    micros.recordValue(Math.clamp((now - at) / 1_000, 0, MAX_MICROS));
                }
            }
        }
    }

    /// Keys are arrays, which a map does not find.
    private static byte[] payload(Map<byte[], byte[]> body) {
        return body.entrySet().stream()
                .filter(field -> Arrays.equals(field.getKey(), PAYLOAD))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseThrow();
    }
}
