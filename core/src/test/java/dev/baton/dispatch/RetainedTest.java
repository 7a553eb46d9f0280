package dev.baton.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.Position;
import dev.baton.slice.Entry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetainedTest {

    private static final byte[] NO_CHANNEL = {};
    private static final Position START = Position.atMark(3, 0);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void givesBackEveryMessageOnceInOrderWhateverItsSize(long seed) {
        Random random = new Random(seed);
        Retained retained = new Retained(START, 1L << 30, true);
        List<byte[]> payloads = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            byte[] payload =
                    new byte
                            [random.nextInt(10) == 0
                                    ? random.nextInt(300_000)
                                    : random.nextInt(300)];
            random.nextBytes(payload);
            payloads.add(payload);
            assertThat(retained.append(bytes("channel-" + i % 3), payload)).isTrue();
        }

        int from = random.nextInt(2_000);
        Retained.Cursor cursor = retained.cursorAt(START.plus(from));
        for (int i = from; i < 2_000; i++) {
            assertThat(cursor.peekLength()).isEqualTo(payloads.get(i).length);
            Entry entry = cursor.take(42);
            assertThat(entry.position()).isEqualTo(START.plus(i));
            assertThat(entry.payload()).isEqualTo(payloads.get(i));
            assertThat(entry.channel()).isEqualTo("channel-" + i % 3);
            assertThat(entry.storeMillis()).isEqualTo(42);
        }
        assertThat(cursor.peekLength()).isEqualTo(-1);
    }

    @Test
    void aCursorSeesWhatIsAppendedLater() {
        Retained retained = new Retained(START, 1L << 30, false);
        Retained.Cursor cursor = retained.cursorAt(START);
        for (int i = 0; i < 10_000; i++) {
            assertThat(cursor.peekLength()).isEqualTo(-1);
            retained.append(NO_CHANNEL, bytes("message " + i));
            assertThat(cursor.take(0).payload()).isEqualTo(bytes("message " + i));
            if (i % 100 == 0) {
                retained.releaseBefore(cursor.next());
            }
        }
    }

    @Test
    void shedsTheNewestWhenFullAndKnowsExactlyHowMany() {
        Retained retained = new Retained(START, 2L * Retained.CHUNK_BYTES, false);
        byte[] payload = new byte[100_000];
        int kept = 0;
        while (retained.append(NO_CHANNEL, payload)) {
            kept++;
        }
        retained.append(NO_CHANNEL, payload);
        retained.append(NO_CHANNEL, payload);

        assertThat(retained.bytes()).isLessThanOrEqualTo(2L * Retained.CHUNK_BYTES);
        Retained.Cursor cursor = retained.cursorAt(START);
        for (int i = 0; i < kept; i++) {
            assertThat(cursor.shed()).isZero();
            cursor.take(0);
        }
        assertThat(cursor.peekLength()).isEqualTo(-1);
        assertThat(cursor.skipShed()).isEqualTo(3);
        assertThat(cursor.next()).isEqualTo(START.plus(kept + 3));

        retained.releaseBefore(cursor.next());
        assertThat(retained.bytes()).isZero();
        assertThat(retained.append(NO_CHANNEL, payload)).isTrue();
        assertThat(cursor.take(0).position()).isEqualTo(START.plus(kept + 3));
    }

    @Test
    void startsInTheMiddleOfAShedRun() {
        Retained retained = new Retained(START, Retained.CHUNK_BYTES, false);
        byte[] tooLarge = new byte[Retained.CHUNK_BYTES + 1];
        for (int i = 0; i < 5; i++) {
            retained.append(NO_CHANNEL, tooLarge);
        }

        Retained.Cursor cursor = retained.cursorAt(START.plus(2));

        assertThat(cursor.skipShed()).isEqualTo(3);
        assertThat(cursor.next()).isEqualTo(retained.end());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
