package dev.baton.source;

import dev.baton.Position;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The bytes of a [Control] message. Numbers are big-endian; docs/protocol.md has the table.
public final class ControlCodec {

    private static final int MAGIC = 0x42544E01; // "BTN", version 1
    private static final byte MARK = 1;
    private static final byte PROBE = 2;
    private static final byte RESIGNED = 3;

    private static final int HEADER_BYTES = Integer.BYTES + 1 + Long.BYTES;
    private static final int MARK_BYTES = 2 * Long.BYTES + 2 * Integer.BYTES;
    private static final int SEGMENT_BYTES = 3 * Integer.BYTES + Long.BYTES;
    private static final int LED_BYTES = Short.BYTES + Integer.BYTES + 3 * Integer.BYTES;

    /// Most slices a probe may name.
    private static final int MAX_LED = 1_024;

    private ControlCodec() {}

    /// Writes a message.
    ///
    /// @param keys sign it
    public static byte[] encode(Control control, ControlKeys keys) {
        return keys.seal(encode(control));
    }

    static byte[] encode(Control control) {
        return switch (control) {
            case Control.Mark mark -> encode(mark);
            case Control.Probe probe -> {
                byte[] bytes = bytes(2 * Long.BYTES + probe.led().size() * LED_BYTES);
                ByteBuffer out = begin(bytes, PROBE, probe);
                out.putLong(probe.nonce()).putLong(probe.sender());
                for (Control.Led led : probe.led()) {
                    out.putShort((short) led.slice()).putInt((int) led.epoch());
                    Position safe = led.safe();
                    out.putInt(safe.term()).putInt(safe.mark()).putInt(safe.index());
                }
                yield bytes;
            }
            case Control.Resigned resigned -> {
                byte[] bytes = bytes(Short.BYTES + Integer.BYTES + Long.BYTES);
                begin(bytes, RESIGNED, resigned)
                        .putShort((short) resigned.slice())
                        .putInt((int) resigned.epoch())
                        .putLong(resigned.wish());
                yield bytes;
            }
        };
    }

    private static byte[] encode(Control.Mark mark) {
        Segment closed = mark.closed();
        byte[] bytes = bytes(MARK_BYTES + (closed == null ? 0 : SEGMENT_BYTES));
        ByteBuffer out = begin(bytes, MARK, mark).putLong(mark.nonce()).putLong(mark.node());
        out.putInt(mark.term()).putInt(mark.mark());
        if (closed != null) {
            out.putInt(closed.term()).putInt(closed.mark());
            out.putInt(closed.count()).putLong(closed.digest());
        }
        return bytes;
    }

    private static byte[] bytes(int bodyBytes) {
        return new byte[HEADER_BYTES + bodyBytes];
    }

    private static ByteBuffer begin(byte[] bytes, byte kind, Control control) {
        return ByteBuffer.wrap(bytes).putInt(MAGIC).put(kind).putLong(control.pipeline());
    }

    /// Reads a message.
    ///
    /// @param keys of which one has to have signed it
    /// @return null if the bytes are no control message of this version, or not signed so
    public static @Nullable Control decode(byte[] published, ControlKeys keys) {
        byte[] bytes = keys.open(published);
        return bytes == null ? null : decode(bytes);
    }

    static @Nullable Control decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            if (in.getInt() != MAGIC) {
                return null;
            }
            byte kind = in.get();
            long pipeline = in.getLong();
            Control read =
                    switch (kind) {
                        case MARK -> mark(in, pipeline);
                        case PROBE -> probe(in, pipeline);
                        case RESIGNED ->
                                new Control.Resigned(
                                        pipeline,
                                        Short.toUnsignedInt(in.getShort()),
                                        epoch(in),
                                        in.getLong());
                        default -> null;
                    };
            return in.hasRemaining() ? null : read;
        } catch (BufferUnderflowException e) {
            return null;
        }
    }

    private static Control mark(ByteBuffer in, long pipeline) {
        return new Control.Mark(
                pipeline,
                in.getLong(),
                in.getLong(),
                in.getInt(),
                in.getInt(),
                in.hasRemaining()
                        ? new Segment(in.getInt(), in.getInt(), in.getInt(), in.getLong())
                        : null);
    }

    private static @Nullable Control probe(ByteBuffer in, long pipeline) {
        long nonce = in.getLong();
        long sender = in.getLong();
        if (in.remaining() > MAX_LED * LED_BYTES) {
            return null;
        }
        List<Control.Led> led = new ArrayList<>(in.remaining() / LED_BYTES);
        while (in.hasRemaining()) {
            led.add(
                    new Control.Led(
                            Short.toUnsignedInt(in.getShort()),
                            epoch(in),
                            new Position(in.getInt(), in.getInt(), in.getInt())));
        }
        return new Control.Probe(pipeline, nonce, sender, List.copyOf(led));
    }

    private static long epoch(ByteBuffer in) {
        return Integer.toUnsignedLong(in.getInt());
    }
}
