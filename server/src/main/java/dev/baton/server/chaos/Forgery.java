package dev.baton.server.chaos;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;

/// Things that somebody with bad intentions, or a broken program, might publish on a control channel.
final class Forgery {

    private static final int MAX_NOISE_BYTES = 2_000;

    private static final List<String> CLASSICS =
            List.of(
                    "",
                    "\0",
                    "hello",
                    "mark",
                    "mark ffffffff ffffffff",
                    "ffffffff.ffffffff.ffffffff",
                    "{\"term\":4294967295,\"mark\":4294967295}",
                    "-1",
                    "99999999999999999999999999");

    private Forgery() {}

    /// Noise, a classic, or something heard with a few bytes changed, cut off, or doubled.
    static byte[] make(List<byte[]> heard, SplittableRandom dice) {
        if (heard.isEmpty() || dice.nextInt(4) == 0) {
            if (dice.nextBoolean()) {
                return CLASSICS.get(dice.nextInt(CLASSICS.size()))
                        .getBytes(StandardCharsets.ISO_8859_1);
            }
            byte[] noise = new byte[dice.nextInt(MAX_NOISE_BYTES)];
            dice.nextBytes(noise);
            return noise;
        }
        byte[] forged = heard.get(dice.nextInt(heard.size())).clone();
        return switch (dice.nextInt(3)) {
            case 0 -> java.util.Arrays.copyOf(forged, dice.nextInt(forged.length + 1));
            case 1 -> java.util.Arrays.copyOf(forged, forged.length * 2);
            default -> changed(forged, dice);
        };
    }

    private static byte[] changed(byte[] bytes, SplittableRandom dice) {
        int changes = bytes.length == 0 ? 0 : 1 + dice.nextInt(4);
        for (int i = 0; i < changes; i++) {
            bytes[dice.nextInt(bytes.length)] = (byte) dice.nextInt(256);
        }
        return bytes;
    }
}
