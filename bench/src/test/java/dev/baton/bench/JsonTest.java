package dev.baton.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

class JsonTest {

    private static final String AWKWARD = "a \"b\"\\c\n\t\u0001 µ \uD83D\uDE00";

    @Test
    void whatIsWrittenIsReadAgainAsItWas() {
        String written = Json.object(Map.of(AWKWARD, AWKWARD));

        try (JsonParser parser =
                new JsonFactory().createParser(ObjectReadContext.empty(), written)) {
            parser.nextToken();
            parser.nextToken();
            assertThat(parser.currentName()).isEqualTo(AWKWARD);
            parser.nextToken();
            assertThat(parser.getString()).isEqualTo(AWKWARD);
        }
    }

    @Test
    void aRunHasEveryPercentileAndTheFiguresOfEachProcess() {
        Histogram micros = new Histogram(60_000_000, 3);
        micros.recordValue(1_000);
        micros.recordValue(2_000);
        Figures figures =
                new Figures(
                        2,
                        0.5,
                        4,
                        0,
                        Figures.percentiles(micros),
                        Map.of("worker 1", 1.5),
                        Map.of("worker 1", 80.0),
                        Map.of("worker 1", Double.NaN));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new JsonReport(new PrintStream(out, true, StandardCharsets.UTF_8))
                .add(1, new Cell(Subject.BATON, new Scenario(200, 10, 1, 2, 1)), figures);

        assertThat(out.toString(StandardCharsets.UTF_8).strip())
                .isEqualTo(
                        "{\"type\":\"run\",\"run\":1,\"subject\":\"BATON\",\"size\":200,\"rate\":10,"
                                + "\"workers\":1,\"slices\":2,\"dispatchers\":1,\"messages\":2.000,"
                                + "\"seconds\":0.500,\"per_second\":4.000,\"lost\":0.000,"
                                + "\"latency_us\":{\"p50\":1000.000,\"p90\":2000.000,\"p99\":2000.000,"
                                + "\"p99.9\":2000.000,\"max\":2000.000},\"cpu_us\":{\"worker 1\":1.500},"
                                + "\"peak_mib\":{\"worker 1\":80.000},\"heap_mib\":{\"worker 1\":null}}");
    }
}
