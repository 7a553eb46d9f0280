package dev.baton.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.Position;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ControlCodecTest {

    static Stream<Control> messages() {
        return Stream.of(
                new Control.Mark(1, 2, 3, 4, 5, null),
                new Control.Mark(-1, -2, -3, -4, -5, new Segment(-6, -7, -8, -9)),
                new Control.Probe(1, 2, 0, List.of()),
                new Control.Probe(
                        1,
                        2,
                        3,
                        List.of(
                                new Control.Led(0, 4_294_967_295L, new Position(-1, 2, -3)),
                                new Control.Led(511, 7, new Position(1, 2, 3)))),
                new Control.Resigned(1, 65_535, 9, -3));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void readsWhatItWrote(Control control) {
        assertThat(ControlCodec.decode(ControlCodec.encode(control))).isEqualTo(control);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void refusesWhatIsCutOrHasSomethingBehind(Control control) {
        byte[] bytes = ControlCodec.encode(control);
        for (int length = 0; length < bytes.length; length++) {
            Control read = ControlCodec.decode(Arrays.copyOf(bytes, length));
            // A mark without its segment and a probe with fewer slices are messages too.
            assertThat(read).isNotEqualTo(control);
        }
        assertThat(ControlCodec.decode(Arrays.copyOf(bytes, bytes.length + 1))).isNull();
    }

    @Test
    void survivesAnything() {
        Random random = new Random(1);
        byte[] begin = ControlCodec.encode(new Control.Mark(1, 2, 3, 4, 5, null));
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = new byte[random.nextInt(100)];
            random.nextBytes(bytes);
            if (i % 2 == 0) {
                System.arraycopy(begin, 0, bytes, 0, Math.min(4, bytes.length));
                if (bytes.length > 4) {
                    bytes[4] = (byte) random.nextInt(5);
                }
            }
            ControlCodec.decode(bytes);
        }
    }

    @Test
    void layoutOfAMarkIsAsDocumented() {
        byte[] bytes =
                ControlCodec.encode(
                        new Control.Mark(
                                0x1111111111111111L,
                                0x2222222222222222L,
                                0x3333333333333333L,
                                4,
                                5,
                                new Segment(6, 7, 8, 0x9999999999999999L)));

        assertThat(HexFormat.of().formatHex(bytes))
                .isEqualTo(
                        "42544e01"
                                + "01"
                                + "1111111111111111"
                                + "2222222222222222"
                                + "3333333333333333"
                                + "00000004"
                                + "00000005"
                                + "00000006"
                                + "00000007"
                                + "00000008"
                                + "9999999999999999");
    }
}
