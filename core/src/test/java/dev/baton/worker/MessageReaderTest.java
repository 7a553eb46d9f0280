package dev.baton.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageReaderTest {

    private static final int MAX_BYTES = 1 << 20;

    private final MessageReader reader = new MessageReader("message_id", MAX_BYTES, true);

    static Stream<Arguments> readable() {
        return Stream.of(
                Arguments.of("{\"message_id\":\"a\"}", "a"),
                Arguments.of(
                        " {\"x\":[1,{\"message_id\":\"inner\"}],\"message_id\":\"outer\"} ",
                        "outer"),
                Arguments.of("{\"message_id\":17}", "17"),
                Arguments.of("{\"message_id\":1.50e3}", "1.50e3"),
                Arguments.of(
                        "{\"message_id\":123456789012345678901234567890}",
                        "123456789012345678901234567890"),
                Arguments.of("{\"message_id\":\"\\u00e4 \\\"q\\\"\",\"y\":\"ü€😀\"}", "ä \"q\""));
    }

    @ParameterizedTest
    @MethodSource("readable")
    void findsTheIdAtTheTop(String json, String id) throws UnreadableMessageException {
        assertThat(read(json)).isEqualTo(id);
    }

    static Stream<Arguments> unreadable() {
        return Stream.of(
                Arguments.of("", "not-json"),
                Arguments.of("   ", "not-json"),
                Arguments.of("hello", "not-json"),
                Arguments.of("{\"message_id\":\"a\"", "not-json"),
                Arguments.of("{\"message_id\":\"a", "not-json"),
                Arguments.of("{\"message_id\":\"a\"} {}", "not-json"),
                Arguments.of("{\"message_id\":\"a\"}x", "not-json"),
                Arguments.of("{\"message_id\":\"a\",\"message_id\":\"b\"}", "not-json"),
                Arguments.of("{\"message_id\":\"a\",\"x\":{\"y\":1,\"y\":2}}", "not-json"),
                Arguments.of(
                        "{\"message_id\":\"a\",\"x\":" + "[".repeat(200_000) + "}", "not-json"),
                Arguments.of(
                        "{\"message_id\":\"a\",\"x\":"
                                + "[".repeat(200_000)
                                + "]".repeat(200_000)
                                + "}",
                        "not-json"),
                Arguments.of(
                        "{\"message_id\":\"a\",\"x\":" + "9".repeat(1_000_000) + "}", "not-json"),
                Arguments.of("{\"message_id\":" + "9".repeat(1_000_000) + "}", "not-json"),
                Arguments.of(
                        "{\"message_id\":\"a\",\"x\":[" + "1,".repeat(300_000) + "1]}", "not-json"),
                Arguments.of(
                        "{\"message_id\":\"a\",\"x\":" + "9".repeat(2_000_000) + "}", "too-large"),
                Arguments.of("{}", "no-id"),
                Arguments.of("[{\"message_id\":\"a\"}]", "no-id"),
                Arguments.of("\"message_id\"", "no-id"),
                Arguments.of("{\"x\":{\"message_id\":\"a\"}}", "no-id"),
                Arguments.of("{\"message_id\":{}}", "bad-id"),
                Arguments.of("{\"message_id\":[1]}", "bad-id"),
                Arguments.of("{\"message_id\":null}", "bad-id"),
                Arguments.of("{\"message_id\":true}", "bad-id"),
                Arguments.of("{\"message_id\":\"\"}", "bad-id"),
                Arguments.of("{\"message_id\":\"" + "i".repeat(1_001) + "\"}", "bad-id"));
    }

    @ParameterizedTest
    @MethodSource("unreadable")
    void saysWhyAMessageCannotBeRead(String json, String reason) {
        UnreadableMessageException refusal =
                catchThrowableOfType(UnreadableMessageException.class, () -> read(json));

        assertThat(refusal.reason()).isEqualTo(reason);
        assertThat(refusal.error()).isNotEmpty().hasSizeLessThan(200);
    }

    @Test
    void refusesTextThatIsNoUtf8() {
        byte[] bytes = "{\"message_id\":\"a\",\"x\":\"??\"}".getBytes(StandardCharsets.US_ASCII);
        bytes[bytes.length - 4] = (byte) 0xC3;
        bytes[bytes.length - 3] = (byte) 0x28;

        UnreadableMessageException refusal =
                catchThrowableOfType(
                        UnreadableMessageException.class,
                        () -> reader.readId(bytes, 0, bytes.length));

        assertThat(refusal.reason()).isEqualTo("not-json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-16", "UTF-32LE", "UTF-32BE"})
    void refusesOtherEncodings(String encoding) {
        byte[] bytes = "{\"message_id\":\"a\"}".getBytes(Charset.forName(encoding));

        UnreadableMessageException refusal =
                catchThrowableOfType(
                        UnreadableMessageException.class,
                        () -> reader.readId(bytes, 0, bytes.length));

        assertThat(refusal.reason()).isEqualTo("not-json");
    }

    @Test
    void refusesAByteOrderMark() {
        UnreadableMessageException refusal =
                catchThrowableOfType(
                        UnreadableMessageException.class,
                        () -> read("\uFEFF{\"message_id\":\"a\"}"));

        assertThat(refusal.reason()).isEqualTo("not-json");
    }

    @Test
    void neverQuotesThePayload() {
        UnreadableMessageException refusal =
                catchThrowableOfType(
                        UnreadableMessageException.class, () -> read("{\"card\": secret-4711}"));

        assertThat(refusal.error()).doesNotContain("secret").doesNotContain("4711");
    }

    @Test
    void readsFromWhereThePayloadBeginsToWhereItEnds() throws UnreadableMessageException {
        byte[] bytes = "xxxx{\"message_id\":\"a\"}{\"next".getBytes(StandardCharsets.UTF_8);

        assertThat(reader.readId(bytes, 4, 18)).isEqualTo("a");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"message_id\":\"a|\"}",
                "{\"message_id\":1|2}",
                "{\"message_id\":\"a\"|}"
            })
    void whatIsBehindThePayloadDoesNotCompleteIt(String text) {
        byte[] bytes = text.replace("|", "").getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> reader.readId(bytes, 0, text.indexOf('|')))
                .isInstanceOf(UnreadableMessageException.class);
    }

    private String read(String json) throws UnreadableMessageException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return reader.readId(bytes, 0, bytes.length);
    }
}
