package dev.baton.source;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// A 64-bit digest over bytes in order, eight at a time. It tells accidents apart, not forgers.
final class Digest {

    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    // Odd, without short runs of equal bits: every bit of a word reaches the upper half of its
    // product.
    private static final long SPREAD = 0x9E3779B97F4A7C15L;
    private static final long STIR = 0xD6E8FEB86659FD93L;

    private Digest() {}

    /// The digest of what was digested before, and then these bytes.
    static long add(long before, byte[] bytes) {
        return add(before, bytes, 0, bytes.length);
    }

    /// The same for a part of an array.
    static long add(long before, byte[] bytes, int from, int length) {
        long digest = before + length + 1;
        int at = from;
        int end = from + length;
        for (; at <= end - Long.BYTES; at += Long.BYTES) {
            digest = stir(digest, (long) LONG.get(bytes, at));
        }
        if (at < end) {
            long rest = 0;
            for (; at < end; at++) {
                rest = rest << Byte.SIZE | Byte.toUnsignedLong(bytes[at]);
            }
            digest = stir(digest, rest);
        }
        return digest;
    }

    /// The digest of a text alone.
    static long of(String text) {
        return add(0, text.getBytes(StandardCharsets.UTF_8));
    }

    private static long stir(long digest, long word) {
        return Long.rotateLeft(digest ^ word * SPREAD, 29) * STIR;
    }
}
