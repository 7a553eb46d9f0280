package dev.baton.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LetterTest {

    @Test
    void isJsonOfTheSizeAskedForWithAnIdOfItsOwnAndTheTimeItOughtToBeSent() {
        Letter letter = new Letter("bench", 200);
        ByteBuffer out = ByteBuffer.allocate(2 * letter.bytes());
        letter.append(out, 41, 1);
        letter.append(out, 42, 1_234_567_890_123L);

        String all = new String(out.array(), StandardCharsets.US_ASCII);
        String head = "*3\r\n$7\r\nPUBLISH\r\n$5\r\nbench\r\n$200\r\n";
        assertThat(all).startsWith(head);
        byte[] payload =
                Arrays.copyOfRange(
                        out.array(), letter.bytes() + head.length(), 2 * letter.bytes() - 2);
        assertThat(payload).hasSize(200);
        assertThat(new String(payload, StandardCharsets.US_ASCII))
                .startsWith("{\"message_id\":\"0000000000000000042\",\"at\":\"")
                .endsWith("x\"}");
        assertThat(Letter.atNanos(payload)).isEqualTo(1_234_567_890_123L);
    }
}
