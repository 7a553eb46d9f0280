package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.redis.RedisAddress;
import dev.baton.server.config.BadConfigurationException;
import dev.baton.slice.StreamEntry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// How entries are written, and where following begins.
class TailFormatTest {

    private static final StreamEntry ENTRY =
            entry("message_id", "a", "payload", "{\"x\":\"ü\"}", "worker", "w");

    @Test
    void aTemplateTakesAnyFieldAndWhatIsNotThereIsEmpty() {
        assertThat(line("{message_id} {payload}")).isEqualTo("a {\"x\":\"ü\"}");
        assertThat(line("{id}|{time}|{stream}|{nothing}|"))
                .isEqualTo("1764000000001-2|2025-11-24T16:00:00.001Z|out||");
        assertThat(line("{{{worker}}}\\t.\\n")).isEqualTo("{w}\t.\n");
        assertThat(line("")).isEmpty();
    }

    @Test
    void aBraceThatIsNotClosedIsRefused() {
        assertThatThrownBy(() -> EntryFormat.of("{message_id"))
                .isInstanceOf(BadConfigurationException.class)
                .hasMessageContaining("{{ stands for a brace");
    }

    @Test
    void jsonHoldsEveryFieldOnOneLine() {
        assertThat(line("json"))
                .isEqualTo(
                        "{\"id\":\"1764000000001-2\",\"time\":\"2025-11-24T16:00:00.001Z\",\"stream\":\"out\",\"message_id\":\"a\",\"payload\":\"{\\\"x\\\":\\\"ü\\\"}\",\"worker\":\"w\"}");
    }

    @Test
    void nothingInAnEntrySteersATerminal() {
        StreamEntry evil = entry("payload", "a\u001b[2J\u009b1m\n\u202eb\u007f");

        assertThat(EntryFormat.of("{payload}").line("out", evil))
                .isEqualTo("a\\u001b[2J\\u009b1m\\n\\u202eb\\u007f");
        assertThat(EntryFormat.of("json").line("out", evil).chars())
                .noneMatch(Character::isISOControl);
        assertThat(Rows.lines(List.of(Map.of("cause", "x\u001b[1m"))))
                .containsExactly("CAUSE", "x\\u001b[1m");
    }

    @Test
    void followingBeginsBeforeTheEntryThatIsNamed() {
        assertThat(behind("start")).isEqualTo("0-0");
        assertThat(behind("0")).isEqualTo("0-0");
        assertThat(behind("17-3")).isEqualTo("17-2");
        assertThat(behind("17")).isEqualTo("16-18446744073709551615");
        for (String wrong : List.of("begin", "-5x", "17-", "-")) {
            assertThatThrownBy(() -> TailStart.of(wrong))
                    .as(wrong)
                    .isInstanceOf(BadConfigurationException.class)
                    .hasMessageContaining("-5m");
        }
    }

    @Test
    void printingEndsAfterSoManyAndWhenNobodyReads() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        TailPrinter two = printer(printed, 2);

        assertThat(two.print("out", List.of(ENTRY))).isTrue();
        assertThat(two.print("out", List.of(ENTRY, ENTRY))).isFalse();
        assertThat(printed.toString(StandardCharsets.UTF_8)).isEqualTo("a\na\n");
        assertThat(two.over()).isTrue();

        OutputStream closed =
                new OutputStream() {
                    @Override
                    public void write(int one) throws IOException {
                        throw new IOException("Broken pipe");
                    }
                };
        TailPrinter unread = printer(closed, 9);
        assertThat(unread.print("out", List.of(ENTRY))).isFalse();
        assertThat(unread.over()).isTrue();
        assertThat(unread.failure()).isNull();
    }

    @Test
    void rowsStandInColumnsWithNumbersAtTheRight() {
        Map<String, Object> first = new LinkedHashMap<>(Map.of("name", "a"));
        first.put("entries", 7L);
        Map<String, Object> second = new LinkedHashMap<>(Map.of("name", "long"));
        second.put("entries", 1_234_567L);
        second.put("more", "x");

        assertThat(Rows.lines(List.of(first, second)))
                .containsExactly("NAME  ENTRIES  MORE", "a           7  -", "long  1234567  x");
        assertThat(Rows.lines(List.of())).isEmpty();
    }

    private static TailPrinter printer(OutputStream out, long most) {
        return new TailPrinter(
                new PrintStream(out, false, StandardCharsets.UTF_8),
                EntryFormat.of("{message_id}"),
                most,
                RedisAddress.parse("redis://h"));
    }

    private static String line(String format) {
        return EntryFormat.of(format).line("out", ENTRY);
    }

    private static String behind(String from) {
        return ((TailStart.Behind) TailStart.of(from)).id().toString();
    }

    private static StreamEntry entry(String... namesAndValues) {
        Map<String, byte[]> fields = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put(namesAndValues[i], namesAndValues[i + 1].getBytes(StandardCharsets.UTF_8));
        }
        return new StreamEntry("1764000000001-2", fields);
    }
}
