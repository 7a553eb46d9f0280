package dev.baton.bench;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// The messages of a measurement: JSON of one size, each with an id of its own and the moment at which it ought to have
/// been sent. Both are written over in place.
final class Letter {

    private static final int DIGITS = 19;
    private static final byte[] HEAD = Wire.ascii("{\"message_id\":\"");
    private static final byte[] MIDDLE = Wire.ascii("\",\"at\":\"");
    private static final byte[] TAIL = Wire.ascii("\",\"pad\":\"");
    private static final byte[] END = Wire.ascii("\"}");

    /// The smallest size, in bytes.
    static final int MIN_BYTES =
            HEAD.length + MIDDLE.length + TAIL.length + END.length + 2 * DIGITS;

    private static final int AT = HEAD.length + DIGITS + MIDDLE.length;

    private final byte[] command;
    private final int idFrom;

    /// @param channel where to publish
    /// @param bytes the size of a message, at least [#MIN_BYTES]
    Letter(String channel, int bytes) {
        ByteBuffer payload = ByteBuffer.allocate(bytes);
        byte[] zeros = new byte[DIGITS];
        Arrays.fill(zeros, (byte) '0');
        byte[] pad = new byte[bytes - MIN_BYTES];
        Arrays.fill(pad, (byte) 'x');
        payload.put(HEAD).put(zeros).put(MIDDLE).put(zeros).put(TAIL).put(pad).put(END);
        command = Wire.encode(Wire.ascii("PUBLISH"), Wire.ascii(channel), payload.array());
        idFrom = command.length - 2 - bytes + HEAD.length;
    }

    /// Appends the publication of a message.
    ///
    /// @param atNanos when it ought to be sent, by [System#nanoTime]
    void append(ByteBuffer to, long id, long atNanos) {
        digits(command, idFrom, id);
        digits(command, idFrom + DIGITS + MIDDLE.length, atNanos);
        to.put(command);
    }

    /// The bytes that [#append] takes; as many come out at a subscriber, for `message` is as long as `PUBLISH`.
    int bytes() {
        return command.length;
    }

    /// The payload as it stands.
    byte[] payload() {
        return Arrays.copyOfRange(command, idFrom - HEAD.length, command.length - 2);
    }

    /// The id as it stands.
    byte[] id() {
        return Arrays.copyOfRange(command, idFrom, idFrom + DIGITS);
    }

    /// When a message ought to have been sent.
    static long atNanos(byte[] payload) {
        long value = 0;
        for (int i = AT; i < AT + DIGITS; i++) {
            value = 10 * value + payload[i] - '0';
        }
        return value;
    }

    private static void digits(byte[] to, int from, long value) {
        long rest = value;
        for (int i = from + DIGITS - 1; i >= from; i--) {
            to[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }
}
