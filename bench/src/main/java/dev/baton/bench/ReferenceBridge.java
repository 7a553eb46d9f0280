package dev.baton.bench;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/// What Baton is compared with: subscribes, batches by hand, pipelines `XADD`, and nothing else. It loses what it holds when
/// it dies.
final class ReferenceBridge {

    private static final int MAX_BATCH = 500;
    private static final int MAX_QUEUED = 1 << 20;
    private static final int BUFFER_BYTES = 4 << 20;

    private ReferenceBridge() {}

    /// @param args the server's address, the channel, the stream
    public static void main(String[] args) throws IOException, InterruptedException {
        RedisAddress address = RedisAddress.parse(args[0]);
        BlockingQueue<byte[]> queue = new ArrayBlockingQueue<>(MAX_QUEUED);
        byte[] channel = args[1].getBytes(StandardCharsets.UTF_8);
        try (RedisConnector connector = new RedisConnector(address);
                StatefulRedisPubSubConnection<byte[], byte[]> ears =
                        connector.connectForSubscription(
                                ByteArrayCodec.INSTANCE, connector.serverOf(Wire.ascii(args[1])));
                Wire wire = new Wire(address.uri().getHost(), address.uri().getPort())) {
            ears.addListener(
                    new RedisPubSubAdapter<>() {
                        @Override
                        public void message(byte[] from, byte[] message) {
                            queue.add(message);
                        }
                    });
            ears.sync().subscribe(channel);
            forward(queue, wire, args[2]);
        }
    }

    private static void forward(BlockingQueue<byte[]> queue, Wire wire, String stream)
            throws IOException, InterruptedException {
        byte[] head =
                Wire.ascii(
                        "*5\r\n$4\r\nXADD\r\n$%d\r\n%s\r\n$1\r\n*\r\n$7\r\npayload\r\n$"
                                .formatted(stream.length(), stream));
        byte[] newLine = Wire.ascii("\r\n");
        ByteBuffer out = ByteBuffer.allocateDirect(BUFFER_BYTES);
        List<byte[]> batch = new ArrayList<>(MAX_BATCH);
        while (true) {
            batch.clear();
            batch.add(queue.take());
            queue.drainTo(batch, MAX_BATCH - 1);
            for (byte[] message : batch) {
                if (out.remaining() < head.length + message.length + 32) {
                    wire.write(out.flip());
                    out.clear();
                }
                out.put(head).put(Wire.ascii(Integer.toString(message.length))).put(newLine);
                out.put(message).put(newLine);
            }
            wire.write(out.flip());
            out.clear();
        }
    }
}
