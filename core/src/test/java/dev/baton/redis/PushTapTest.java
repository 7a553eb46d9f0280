package dev.baton.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PushTapTest {

    private final List<String> seen = new ArrayList<>();

    private final EmbeddedChannel channel =
            new EmbeddedChannel(
                    new PushTap(
                            (bytes, spans, count) -> {
                                for (int i = 0; i < count; i++) {
                                    int at = i * PushListener.SPAN;
                                    seen.add(
                                            text(bytes, spans[at], spans[at + 1])
                                                    + " says "
                                                    + text(bytes, spans[at + 2], spans[at + 3]));
                                }
                            }),
                    new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelRead(ChannelHandlerContext context, Object read) {
                            ByteBuf passed = (ByteBuf) read;
                            seen.add(passed.toString(StandardCharsets.ISO_8859_1));
                            passed.release();
                        }
                    });

    /// However the network cuts it, publications come out whole, and all else goes on as it came, in one order.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whateverTheNetworkDoesToIt(long seed) {
        Random chance = new Random(seed);
        List<String> expected = new ArrayList<>();
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        for (int i = 0; i < 400; i++) {
            String payload = payload(chance);
            String kind = chance.nextInt(3) == 0 ? "smessage" : "message";
            String other =
                    switch (chance.nextInt(12)) {
                        case 0 -> "+OK\r\n";
                        case 1 -> ":1\r\n";
                        case 2 -> bulk(payload);
                        case 3 -> "$-1\r\n";
                        case 4 -> ">3\r\n" + bulk("subscribe") + bulk("c") + ":1\r\n";
                        case 5 ->
                                ">4\r\n"
                                        + bulk("pmessage")
                                        + bulk("c*")
                                        + bulk("c")
                                        + bulk(payload);
                        case 6 -> "%1\r\n" + bulk("k") + "*2\r\n:1\r\n_\r\n";
                        default -> "";
                    };
            String sent =
                    other.isEmpty() ? ">3\r\n" + bulk(kind) + bulk("ch") + bulk(payload) : other;
            expected.add(other.isEmpty() ? "ch says " + payload : other);
            wire.writeBytes(sent.getBytes(StandardCharsets.ISO_8859_1));
        }

        byte[] all = wire.toByteArray();
        int most = 1 + chance.nextInt(300);
        for (int from = 0; from < all.length; ) {
            int length = Math.min(all.length - from, 1 + chance.nextInt(most));
            channel.writeInbound(Unpooled.wrappedBuffer(all, from, length));
            from += length;
        }

        assertThat(seen).isEqualTo(expected);
    }

    @Test
    void aLargePublicationComesInManyPieces() {
        String payload = "x".repeat(3_000_000);
        byte[] all =
                (">3\r\n" + bulk("message") + bulk("c") + bulk(payload) + "+OK\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1);

        for (int from = 0; from < all.length; from += 1_000) {
            channel.writeInbound(
                    Unpooled.wrappedBuffer(all, from, Math.min(1_000, all.length - from)));
        }

        assertThat(seen).containsExactly("c says " + payload, "+OK\r\n");
    }

    @Test
    void whatIsNoReplyEndsTheConnection() {
        assertThatThrownBy(
                        () -> channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {'?', '\n'})))
                .isInstanceOf(DecoderException.class);
        assertThat(channel.isOpen()).isFalse();
    }

    /// Else it would hear them again with the next ones, or go on without them.
    @Test
    void aListenerThatFailsEndsTheConnectionAndHearsNothingMore() {
        List<Integer> heard = new ArrayList<>();
        EmbeddedChannel failing =
                new EmbeddedChannel(
                        new PushTap(
                                (bytes, spans, count) -> {
                                    heard.add(count);
                                    throw new IllegalStateException("no");
                                }));
        byte[] one =
                (">3\r\n" + bulk("message") + bulk("c") + bulk("p"))
                        .getBytes(StandardCharsets.ISO_8859_1);

        assertThatThrownBy(() -> failing.writeInbound(Unpooled.wrappedBuffer(one)))
                .isInstanceOf(IllegalStateException.class);
        failing.pipeline().fireChannelRead(Unpooled.wrappedBuffer(one));

        assertThat(failing.isOpen()).isFalse();
        assertThat(heard).containsExactly(1);
    }

    private static String payload(Random chance) {
        byte[] bytes = new byte[chance.nextInt(50)];
        chance.nextBytes(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1)
                + (chance.nextInt(5) == 0 ? "\r\n>3\r\n$7\r\nmessage\r\n" : "");
    }

    private static String bulk(String text) {
        return "$" + text.length() + "\r\n" + text + "\r\n";
    }

    private static String text(byte[] bytes, int from, int length) {
        return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
    }
}
