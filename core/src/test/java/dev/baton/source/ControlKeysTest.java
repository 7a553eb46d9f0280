package dev.baton.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlKeysTest {

    private static final Control MARK = new Control.Mark(1, 2, 3, 4, 5, null);

    @TempDir Path folder = Path.of("");

    @Test
    void whoHasTheKeyIsBelievedAndNobodyElse() throws IOException {
        ControlKeys ours = keys("a secret of ours, 24 bytes");
        ControlKeys theirs = keys("a secret of theirs, no less");
        byte[] signed = ControlCodec.encode(MARK, ours);

        assertThat(ControlCodec.decode(signed, ours)).isEqualTo(MARK);
        assertThat(ControlCodec.decode(signed, theirs)).isNull();
        assertThat(ControlCodec.decode(signed, ControlKeys.NONE)).as("signed").isNull();
        assertThat(ControlCodec.decode(ControlCodec.encode(MARK), ours)).as("unsigned").isNull();
    }

    @Test
    void aChangedMessageIsNotBelieved() throws IOException {
        ControlKeys ours = keys("a secret of ours, 24 bytes");
        byte[] signed = ControlCodec.encode(MARK, ours);

        for (int at = 0; at < signed.length; at++) {
            signed[at] ^= 1;
            assertThat(ControlCodec.decode(signed, ours)).as("byte " + at).isNull();
            signed[at] ^= 1;
        }
        assertThat(ControlCodec.decode(signed, ours)).isEqualTo(MARK);
        assertThat(ControlCodec.decode(new byte[0], ours)).isNull();
    }

    @Test
    void aKeyIsChangedWithoutABreak() throws IOException {
        ControlKeys before = keys("the old secret, 16 bytes");
        ControlKeys both = keys("the old secret, 16 bytes", "the new secret, 16 bytes");
        ControlKeys turned = keys("the new secret, 16 bytes", "the old secret, 16 bytes");
        ControlKeys after = keys("the new secret, 16 bytes\n");

        assertThat(ControlCodec.decode(ControlCodec.encode(MARK, both), before)).isEqualTo(MARK);
        assertThat(ControlCodec.decode(ControlCodec.encode(MARK, turned), both)).isEqualTo(MARK);
        assertThat(ControlCodec.decode(ControlCodec.encode(MARK, after), turned)).isEqualTo(MARK);
    }

    @Test
    void aBadFileIsSaidAndNothingOfItIsShown() throws IOException {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> keys("too short"))
                .withMessageContaining("fewer than 16 bytes")
                .withMessageNotContaining("too short");
        Path missing = folder.resolve("missing");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ControlKeys.read(List.of(missing)))
                .withMessage("no such file: " + missing);
        assertThat(keys("a secret of ours, 24 bytes").toString()).doesNotContain("secret of");
        assertThat(ControlKeys.read(List.of())).isSameAs(ControlKeys.NONE);
    }

    private ControlKeys keys(String... secrets) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String secret : secrets) {
            Path file = Files.createTempFile(folder, "key", "");
            files.add(Files.write(file, secret.getBytes(StandardCharsets.UTF_8)));
        }
        return ControlKeys.read(files);
    }
}
