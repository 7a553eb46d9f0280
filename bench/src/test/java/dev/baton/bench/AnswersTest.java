package dev.baton.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AnswersTest {

    @Test
    void readsNumbersAndBytesThatHoldLineEndsHoweverTheyComeInPieces() throws IOException {
        byte[] sent = Wire.ascii("*2\r\n$4\r\na\r\nb\r\n$0\r\n\r\n*-1\r\n:42\r\n");
        Answers answers = new Answers(Channels.newChannel(new OneByOne(sent)));

        assertThat(answers.number()).isEqualTo(2);
        assertThat(new String(answers.bytes(), StandardCharsets.US_ASCII)).isEqualTo("a\r\nb");
        assertThat(answers.bytes()).isEmpty();
        assertThat(answers.number()).isEqualTo(-1);
        assertThat(answers.number()).isEqualTo(42);
    }

    @Test
    void anErrorAndAnEndAreFailures() {
        byte[] sent = Wire.ascii("-ERR no\r\n");
        Answers answers = new Answers(Channels.newChannel(new ByteArrayInputStream(sent)));

        assertThatThrownBy(answers::number).hasMessageContaining("says: ERR no");
        assertThatThrownBy(answers::number).hasMessageContaining("closed");
    }

    /// Gives a byte at a time.
    private static final class OneByOne extends InputStream {
        private final InputStream all;

        OneByOne(byte[] bytes) {
            all = new ByteArrayInputStream(bytes);
        }

        @Override
        public int read() throws IOException {
            return all.read();
        }

        @Override
        public int read(byte[] to, int from, int length) throws IOException {
            return all.read(to, from, Math.min(1, length));
        }
    }
}
