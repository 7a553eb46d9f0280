package dev.baton.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.Emission;
import dev.baton.Message;
import dev.baton.Position;
import dev.baton.slice.Entry;
import dev.baton.slice.Finish;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EntryFieldsTest {

    private static final StreamForm FLAT = new StreamForm(true, Map.of(), Map.of());

    @Test
    void usuallyThePayloadIsOneField() {
        assertThat(fields(StreamForm.USUAL, "{\"message_id\":\"m\",\"a\":1}"))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(
                                "message_id", "m",
                                "payload", "{\"message_id\":\"m\",\"a\":1}",
                                "worker", "w",
                                "position", "00000001.00000002.00000003"));
    }

    @Test
    void flatWritesAFieldForEachOfItsOwn() {
        assertThat(
                        fields(
                                FLAT,
                                "{\"message_id\":\"m\",\"text\":\"é\\n\",\"n\":1.50e3,\"yes\":true,\"no\":null,"
                                        + " \"list\": [1, {\"é\":\"}\"}] ,\"o\":{\"x\":{}}}"))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(
                                "message_id", "m",
                                "worker", "w",
                                "position", "00000001.00000002.00000003",
                                "text", "é\n",
                                "n", "1.50e3",
                                "yes", "true",
                                "no", "null",
                                "list", "[1, {\"é\":\"}\"}]",
                                "o", "{\"x\":{}}"));
    }

    @Test
    void aFieldCalledLikeOneOfOursIsKeptUnderALongerName() {
        assertThat(
                        fields(
                                FLAT,
                                "{\"message_id\":\"m\",\"position\":\"north\",\"worker\":\"bee\",\"payload.worker\":1}"))
                .containsEntry("position", "00000001.00000002.00000003")
                .containsEntry("payload.position", "north")
                .containsEntry("worker", "w")
                .hasSize(6);
    }

    @Test
    void namesAndConstants() {
        StreamForm form =
                new StreamForm(
                        false,
                        Map.of("message_id", "id", "payload", "body"),
                        Map.of("env", "test"));

        assertThat(fields(form, "{\"message_id\":\"m\"}"))
                .containsEntry("id", "m")
                .containsEntry("body", "{\"message_id\":\"m\"}")
                .containsEntry("env", "test")
                .doesNotContainKeys("message_id", "payload");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[1]", "plain text", "", "{\"a\":1} more", "{\"a\":"})
    void whatIsNoObjectStaysWhole(String emitted) {
        EntryFields fields = new EntryFields(FLAT, "w", 1_000);

        assertThat(map(fields.of(message("{}"), Emission.of(emitted))))
                .containsEntry("payload", emitted);
    }

    @Test
    void whatAProcessorAddsComesOnTop() {
        EntryFields fields = new EntryFields(FLAT, "w", 1_000);

        assertThat(map(fields.of(message("{}"), Emission.of("{\"a\":1,\"b\":2}").with("a", "x"))))
                .containsEntry("a", "x")
                .containsEntry("payload.a", "1")
                .containsEntry("b", "2");
    }

    @Test
    void noNameStandsTwiceWhateverAProcessorAdds() {
        Map<String, String> constant = Map.of("env", "test");
        Emission emission =
                Emission.of("{\"a\":1,\"payload.payload.env\":2}")
                        .with("env", "bee")
                        .with("payload.env", "hive")
                        .with("a", "x");

        assertThat(
                        map(
                                new EntryFields(
                                                new StreamForm(false, Map.of(), constant),
                                                "w",
                                                1_000)
                                        .of(message("{}"), emission)))
                .containsEntry("env", "test")
                .containsEntry("payload.env", "hive")
                .containsEntry("payload.payload.env", "bee")
                .containsEntry("a", "x");
        assertThat(
                        map(
                                new EntryFields(
                                                new StreamForm(true, Map.of(), constant),
                                                "w",
                                                1_000)
                                        .of(message("{}"), emission)))
                .containsEntry("payload.env", "hive")
                .containsEntry("payload.payload.env", "2")
                .containsEntry("payload.payload.payload.env", "bee")
                .containsEntry("a", "x")
                .containsEntry("payload.a", "1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-16", "UTF-32LE", "UTF-32BE"})
    void whatIsNoUtf8StaysWhole(String encoding) {
        byte[] emitted = "{\"a\":{\"b\":1}}".getBytes(Charset.forName(encoding));

        List<byte[]> fields =
                new EntryFields(FLAT, "w", 1_000).of(message("{}"), Emission.of(emitted));

        assertThat(fields.get(2)).isEqualTo("payload".getBytes(StandardCharsets.UTF_8));
        assertThat(fields.get(3)).isEqualTo(emitted);
    }

    @Test
    void oneNameForTwoThingsIsRefused() {
        assertThatThrownBy(() -> new StreamForm(false, Map.of("payload", "worker"), Map.of()))
                .hasMessageContaining("two fields of one name");
        assertThatThrownBy(() -> new StreamForm(false, Map.of(), Map.of("position", "x")))
                .hasMessageContaining("'position'");
        assertThatThrownBy(() -> new StreamForm(false, Map.of("pay", "x"), Map.of()))
                .hasMessageContaining("'pay'");
    }

    private static Map<String, String> fields(StreamForm form, String payload) {
        Message message = message(payload);
        Entry entry =
                Entry.of(
                        message.position(),
                        0,
                        new byte[0],
                        message.payload(),
                        0,
                        message.payload().length);
        return switch (new EntryFields(form, "w", 1_000).passOn(message, entry)) {
            case Finish.Emit emit -> map(emit.entries().getFirst().fields());
            case Finish.PassOn passed ->
                    map(
                            passed.fields()
                                    .of(
                                            passed.messageId(),
                                            entry.payload(),
                                            bytes(entry.position().toString()),
                                            new byte[0]));
            default -> throw new AssertionError("neither emitted nor passed on");
        };
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Message message(String payload) {
        return new Message(
                "m",
                payload.getBytes(StandardCharsets.UTF_8),
                new Position(1, 2, 3),
                null,
                1,
                Instant.EPOCH);
    }

    private static Map<String, String> map(List<byte[]> fields) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < fields.size(); i += 2) {
            String before =
                    map.put(
                            new String(fields.get(i), StandardCharsets.UTF_8),
                            new String(fields.get(i + 1), StandardCharsets.UTF_8));
            assertThat(before).isNull();
        }
        return map;
    }
}
