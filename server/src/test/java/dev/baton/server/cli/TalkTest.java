package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.redis.RedisAddress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What is said, letter by letter.
class TalkTest {

    @Test
    void aSmallRateIsNotRoundedToNone() {
        Rates rates = new Rates(3, 0);

        assertThat(rates.perSecond(TimeUnit.SECONDS.toNanos(4), 1, 0, 12_000))
                .containsExactly("0.3/s", "0/s", "3,000/s");
        assertThat(rates.perSecond(TimeUnit.SECONDS.toNanos(5), 1, 9, 12_010))
                .containsExactly("0/s", "9.0/s", "10/s");
    }

    @Test
    void aBarIsDrawnWhereTheCountIsKnown() {
        assertThat(Progress.line(500, 1_000L, "9/s", true))
                .isEqualTo("[" + "=".repeat(15) + " ".repeat(15) + "]  50 %  500/1,000  9/s   ");
        assertThat(Progress.line(500, 1_000L, "9/s", false))
                .isEqualTo("published 500 of 1,000 (50 %)  9/s");
        assertThat(Progress.line(0, 0L, "0/s", true)).contains("100 %");
        assertThat(Progress.line(500, null, "9/s", true)).isEqualTo("published 500  9/s ");
    }

    @Test
    void durationsAreWrittenAsTheyAreRead() {
        DurationConverter converter = new DurationConverter();
        for (String text : List.of("0s", "500ms", "1500ms", "2s", "90s", "3m", "60m")) {
            assertThat(DurationConverter.text(converter.convert(text))).isEqualTo(text);
        }
    }

    @Test
    void aTableHasOneColumnOfNamesAndListsBelow() {
        assertThat(printed(Report.Format.table))
                .isEqualTo(
                        """
                        stream  a: b
                        epoch   3
                        none    []
                        workers
                          - id      w1
                            backlog 0
                        """);
    }

    @Test
    void yamlQuotesWhatItWouldTakeForSomethingElse() {
        assertThat(printed(Report.Format.yaml))
                .isEqualTo(
                        """
                        stream: "a: b"
                        epoch: 3
                        none: []
                        workers:
                          - id: w1
                            backlog: 0
                        """);
        assertThat(yaml("messages:processed")).isEqualTo("x: messages:processed\n");
        assertThat(yaml("true")).isEqualTo("x: \"true\"\n");
        assertThat(yaml("12")).isEqualTo("x: \"12\"\n");
    }

    @Test
    void nothingThatIsSaidSteersATerminal() {
        assertThat(yaml("a\u009b31m\u007f\u202eb"))
                .isEqualTo("x: \"a\\u009b31m\\u007f\\u202eb\"\n");
        assertThat(printed(Report.Format.yaml, Map.of("a\u009bb", 1L))).isEqualTo("a\\u009bb: 1\n");
        assertThat(WorkerWish.names(Stream.of("w1", "w\u001b[2J", "w1")))
                .isEqualTo("w1, w\\u001b[2J");
        assertThat(lost("ERR \u009b2J")).contains(": ERR \\u009b2J; goes on");
    }

    /// What is said on standard error.
    private static String lost(String why) {
        PrintStream err = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            new TailPrinter(System.out, EntryFormat.of("json"), 1, RedisAddress.parse("redis://h"))
                    .lost("s", EntryId.START, why);
        } finally {
            System.setErr(err);
        }
        return said.toString(StandardCharsets.UTF_8);
    }

    @Test
    void printingLeavesTheStreamOpen() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

        for (int look = 0; look < 2; look++) {
            Report.print(out, Report.Format.json, fields());
        }

        assertThat(bytes.toString(StandardCharsets.UTF_8).lines())
                .hasSize(2)
                .allMatch(
                        line ->
                                line.equals(
                                        "{\"stream\":\"a: b\",\"epoch\":3,\"none\":[],\"workers\":[{\"id\":\"w1\",\"backlog\":0}]}"));
    }

    private static Map<String, Object> fields() {
        Map<String, Object> worker = new LinkedHashMap<>();
        worker.put("id", "w1");
        worker.put("backlog", 0L);
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("stream", "a: b");
        fields.put("epoch", 3L);
        fields.put("none", List.of());
        fields.put("workers", List.of(worker));
        return fields;
    }

    private static String printed(Report.Format format) {
        return printed(format, fields());
    }

    private static String yaml(String text) {
        return printed(Report.Format.yaml, Map.of("x", text));
    }

    private static String printed(Report.Format format, Map<String, Object> fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Report.print(out, format, fields);
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
