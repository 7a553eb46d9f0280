package dev.baton.redis;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Takes publications on channels out of what a server sends over RESP3 and hands them on by the handful; everything else
/// goes to the client behind it, in its order. The client would make a dozen objects of each publication, which is most of what
/// hearing costs.
///
/// Of the protocol it knows where a reply ends: https://redis.io/docs/latest/develop/reference/protocol-spec/. What is no reply closes the
/// connection. Not thread-safe: one connection's, on its event loop only.
final class PushTap extends ChannelInboundHandlerAdapter {

    private static final byte[] MESSAGE = ascii(">3\r\n$7\r\nmessage\r\n$");
    private static final byte[] SHARDED = ascii(">3\r\n$8\r\nsmessage\r\n$");
    private static final byte[] NOTHING = {};
    private static final int LINE_END_BYTES = 2;
    private static final int FIRST_SPANS = 64;

    /// Deepest nesting of replies that is followed: what a server sends to a subscriber is flat.
    private static final int MAX_DEPTH = 16;

    private static final int INCOMPLETE = -1;

    private final PushListener listener;
    private byte[] bytes = NOTHING;
    private int filled;
    private int[] spans = new int[FIRST_SPANS];
    private int count;
    private boolean over;

    // Where a number ends that was just read.
    private int afterNumber;

    PushTap(PushListener listener) {
        this.listener = listener;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        ByteBuf in = (ByteBuf) read;
        try {
            if (!over) {
                take(in);
                parse(context);
            }
        } catch (RuntimeException | Error e) {
            // Nobody knows any more where a reply begins, or what was handed over.
            over = true;
            bytes = NOTHING;
            filled = 0;
            count = 0;
            var _ = context.close();
            throw e;
        } finally {
            in.release();
        }
    }

    private void parse(ChannelHandlerContext context) {
        int at = 0;
        while (at < filled) {
            int end = publicationEnd(at);
            if (end == INCOMPLETE) {
                end = replyEnd(at, 0);
                if (end == INCOMPLETE) {
                    break;
                }
                handOver();
                context.fireChannelRead(Unpooled.wrappedBuffer(bytes, at, end - at));
            }
            at = end;
        }
        handOver();
        keepFrom(at);
    }

    private void take(ByteBuf in) {
        int more = in.readableBytes();
        if (filled + more > bytes.length) {
            // A large publication comes in many pieces.
            long room = filled == 0 ? more : Math.max(filled + (long) more, 2L * filled);
            bytes = Arrays.copyOf(bytes, Math.toIntExact(Math.min(room, Integer.MAX_VALUE - 8)));
        }
        in.readBytes(bytes, filled, more);
        filled += more;
    }

    /// What was handed over is not ours any more.
    private void keepFrom(int at) {
        if (at > 0) {
            bytes = at == filled ? NOTHING : Arrays.copyOfRange(bytes, at, filled);
            filled -= at;
        }
    }

    private void handOver() {
        if (count > 0) {
            listener.publications(bytes, spans, count);
            spans = new int[Math.max(FIRST_SPANS, count * PushListener.SPAN)];
            count = 0;
        }
    }

    /// Where a publication ends that begins here; notes it. Says incomplete also of everything else.
    private int publicationEnd(int at) {
        int channelLengthAt = startsWith(MESSAGE, at) ? at + MESSAGE.length : INCOMPLETE;
        if (channelLengthAt == INCOMPLETE && startsWith(SHARDED, at)) {
            channelLengthAt = at + SHARDED.length;
        }
        if (channelLengthAt == INCOMPLETE) {
            return INCOMPLETE;
        }
        int channelLength = number(channelLengthAt);
        if (channelLength < 0) {
            return INCOMPLETE;
        }
        int channelFrom = afterNumber;
        long payloadAt = (long) channelFrom + channelLength + LINE_END_BYTES;
        if (payloadAt >= filled || bytes[(int) payloadAt] != '$') {
            return INCOMPLETE;
        }
        int payloadLength = number((int) payloadAt + 1);
        if (payloadLength < 0) {
            return INCOMPLETE;
        }
        int payloadFrom = afterNumber;
        long end = (long) payloadFrom + payloadLength + LINE_END_BYTES;
        if (end > filled) {
            return INCOMPLETE;
        }
        note(channelFrom, channelLength, payloadFrom, payloadLength);
        return (int) end;
    }

    private void note(int channelFrom, int channelLength, int payloadFrom, int payloadLength) {
        int at = count * PushListener.SPAN;
        if (at == spans.length) {
            spans = Arrays.copyOf(spans, 2 * at);
        }
        spans[at] = channelFrom;
        spans[at + 1] = channelLength;
        spans[at + 2] = payloadFrom;
        spans[at + 3] = payloadLength;
        count++;
    }

    private boolean startsWith(byte[] words, int at) {
        return filled - at >= words.length
                && Arrays.equals(bytes, at, at + words.length, words, 0, words.length);
    }

    /// The number on the rest of a line; -1 if the line is not complete, or says so.
    private int number(int at) {
        long number = 0;
        int here = at;
        while (here < filled && bytes[here] >= '0' && bytes[here] <= '9') {
            number = number * 10 + bytes[here++] - '0';
            if (number > Integer.MAX_VALUE) {
                throw new DecoderException("a length of more than 2 GiB");
            }
        }
        if (here == at || here + LINE_END_BYTES > filled || bytes[here] != '\r') {
            return -1;
        }
        afterNumber = here + LINE_END_BYTES;
        return (int) number;
    }

    /// Where a reply of any kind ends that begins here.
    private int replyEnd(int at, int depth) {
        int line = lineEnd(at);
        if (line == INCOMPLETE) {
            return INCOMPLETE;
        }
        return switch (bytes[at]) {
            case '+', '-', ':', '_', '#', ',', '(' -> line;
            case '$', '!', '=' -> {
                int length = number(at + 1);
                long end = length < 0 ? line : (long) line + length + LINE_END_BYTES;
                yield end > filled ? INCOMPLETE : (int) end;
            }
            case '*', '~', '>' -> repliesEnd(line, number(at + 1), depth + 1);
            case '%', '|' -> repliesEnd(line, 2 * number(at + 1), depth + 1);
            default ->
                    throw new DecoderException(
                            "the server sent something that is no reply of RESP3");
        };
    }

    private int repliesEnd(int from, int replies, int depth) {
        if (depth > MAX_DEPTH) {
            throw new DecoderException("the server sent replies within replies without end");
        }
        int at = from;
        for (int i = 0; i < replies; i++) {
            if (at >= filled) {
                return INCOMPLETE;
            }
            at = replyEnd(at, depth);
            if (at == INCOMPLETE) {
                return INCOMPLETE;
            }
        }
        return at;
    }

    private int lineEnd(int at) {
        for (int here = at; here < filled; here++) {
            if (bytes[here] == '\n') {
                return here + 1;
            }
        }
        return INCOMPLETE;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
