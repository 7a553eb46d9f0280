package dev.baton.server.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.Message;
import dev.baton.Outcome;
import dev.baton.server.config.BadConfigurationException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What expressions make of payloads, also of those that are meant to do harm.
@Timeout(60)
class JsonataProcessorTest {

    private static final String SECRET = "hush-4711";

    @ParameterizedTest
    @CsvSource(
            delimiterString = "::",
            quoteCharacter = '`',
            value = {
                "{'id': message_id, 'sum': $sum(items.n)} :: {'message_id':'a','items':[{'n':1},{'n':2.5}]} :: {'id':'a','sum':3.5}",
                "items.n :: {'items':[{'n':1},{'n':2}]} :: [1,2]",
                "items.n :: {'items':[{'n':1}]} :: 1",
                "[items.n] :: {'items':[{'n':1}]} :: [1]",
                "$.x :: {'x':{'deep':[null,true,'t']}} :: {'deep':[null,true,'t']}",
                "$ ~> |$|{'seen': true}| :: {'a':null} :: {'a':null,'seen':true}",
                "$exists(a) & '/' & (a = null) :: {'a':null} :: 'true/true'",
                "false :: {} :: false",
                "'' :: {} :: ''",
                "[] :: {} :: []",
                "{} :: {'a':1} :: {}",
                "$map([1..3], function($i) { $i * $i }) :: {} :: [1,4,9]"
            })
    void theResultBecomesOneEntry(String expression, String payload, String expected)
            throws Exception {
        assertThat(emitted(run(quoted(expression), quoted(payload)))).isEqualTo(quoted(expected));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nothing", "null", "items[n > 5]", "a.b.c", "(1; nothing)", "no ? 1"})
    void undefinedAndNullDropTheMessage(String expression) throws Exception {
        assertThat(run(expression, "{\"items\":[{\"n\":1}],\"no\":false}"))
                .isInstanceOf(Outcome.Drop.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "9007199254740993",
                "9223372036854775807",
                "-9223372036854775808",
                "123456789012345678901234567890",
                "0.1",
                "0.12345678901234567890123",
                "1E+400",
                "1.5E-400",
                "-12",
                "2.5"
            })
    void numbersThatAreOnlyCarriedKeepTheirValue(String number) throws Exception {
        assertThat(emitted(run("{\"n\": x.n}", "{\"x\":{\"n\":" + number + "}}")))
                .isEqualTo("{\"n\":" + number + "}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1/0",
                "n * 10",
                "$sum(secret)",
                "secret + 1",
                "$error('about ' & secret)",
                "$assert(false, secret)",
                "$eval('1+1')",
                "$number(secret)",
                "function($x) { $x }",
                "{'f': $sum}",
                "$toMillis(secret)",
                "$unknown(secret)"
            })
    void whatFailsIsRejectedAndTheErrorHoldsNothingOfThePayload(String expression)
            throws Exception {
        Outcome outcome = run(expression, "{\"secret\":\"" + SECRET + "\",\"n\":1e400}");

        assertThat(outcome).isInstanceOfSatisfying(Outcome.Reject.class, this::failed);
    }

    private void failed(Outcome.Reject reject) {
        assertThat(reject.reason()).isEqualTo("transform-failed");
        assertThat(reject.error()).isNotBlank().doesNotContain("hush").doesNotContain("4711");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "($f := function($n) { $f($n + 1) + 1 }; $f(0))",
                "($f := function($n) { $n & $f($n + 1) }; $f(0))",
                "($f := function($n) { [$n, $f($n + 1)] }; $f(0))",
                "($f := function($n) { true and $f($n) }; $f(0))"
            })
    void endlessRecursionEndsAtTheDepth(String expression) throws Exception {
        assertThat(run(expression, "{}"))
                .isInstanceOfSatisfying(
                        Outcome.Reject.class,
                        reject -> assertThat(reject.error()).contains("nested deeper than 500"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "($f := function($n) { $f($n + 1) }; $f(0))",
                "$map([1..10000000], function($i) { [1, {'a': $i, 'b': $i}] })",
                "$reduce([1..10000000], function($a, $b) { (true and ($b > 0)) ? 1 : 0 })"
            })
    void whatTakesTooLongEndsInTime(String expression) throws Exception {
        JsonataProcessor processor =
                processor(expression, Duration.ofMillis(300), Integer.MAX_VALUE);
        long began = System.nanoTime();

        Outcome outcome = processor.process(message("{}"));

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(15));
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Reject.class,
                        reject -> assertThat(reject.error()).contains("longer than 300 ms"));
    }

    @Test
    void recursionWithoutABoundEndsAtTheStack() throws Exception {
        JsonataProcessor processor =
                processor(
                        "($f := function($n) { 1 + $f($n) }; $f(0))",
                        Duration.ofSeconds(50),
                        Integer.MAX_VALUE);

        assertThat(processor.process(message("{}")))
                .isInstanceOfSatisfying(
                        Outcome.Reject.class,
                        reject -> assertThat(reject.error()).contains("recurses too deeply"));
    }

    @Test
    void manySmallArraysAreNotTakenForRecursion() throws Exception {
        String outcome =
                emitted(
                        run(
                                "$count($map([1..3000], function($i) { [$i, {'a': $i, 'b': [1, 2]}] }))",
                                "{}"));

        assertThat(outcome).isEqualTo("3000");
    }

    @Test
    void anInterruptEndsTheEvaluation() throws Exception {
        JsonataProcessor processor =
                processor(
                        "$reduce([1..10000000], function($a, $b) { (true and ($b > 0)) ? 1 : 0 })",
                        Duration.ofSeconds(50),
                        500);
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> processor.process(message("{}")))
                .isInstanceOf(InterruptedException.class);
        Thread.interrupted();
    }

    @Test
    void payloadsThatAreMeantToDoHarmAreRejected() throws Exception {
        List<String> harmful =
                List.of(
                        "{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}",
                        "{\"a\":" + "{\"a\":".repeat(65) + "1" + "}".repeat(66),
                        "{\"a\":1e99999999999}",
                        "{\"a\":" + "9".repeat(1_001) + "}",
                        "{\"a\":1,\"a\":2}",
                        "{\"a\":1} 2",
                        "{\"a\":",
                        "[" + "0,".repeat(200_001) + "0]");
        for (String payload : harmful) {
            assertThat(run("$", payload))
                    .as(payload.substring(0, Math.min(40, payload.length())))
                    .isInstanceOfSatisfying(Outcome.Reject.class, this::failed);
        }
    }

    @Test
    void aResultThatIsTooDeepIsRejected() throws Exception {
        String nested = "($f := function($n) { $n = 0 ? 1 : {'a': $f($n - 1)} }; $f(%d))";

        assertThat(emitted(run(nested.formatted(60), "{}"))).startsWith("{\"a\":{\"a\":");
        assertThat(run(nested.formatted(70), "{}")).isInstanceOf(Outcome.Reject.class);
    }

    @Test
    void stringsComeThroughWhateverTheyHold() throws Exception {
        String odd = "\\u0000\\u001F\\\"\\\\/\u2028\ud83d\ude00\u00e9\u202e%s ${x} {{y}}";

        assertThat(emitted(run("{\"s\": s}", "{\"s\":\"" + odd + "\"}")))
                .isEqualTo("{\"s\":\"" + odd + "\"}");
    }

    @Test
    void halfACharacterStaysHalfACharacter() throws Exception {
        assertThat(emitted(run("x", "{\"x\":\"\\ud800\"}"))).isEqualToIgnoringCase("\"\\ud800\"");
    }

    @Test
    void aBadExpressionIsRefusedAtStartWithWhereAndWhat() {
        for (String bad : List.of("a.b[", "{\"a\":\n  $sum(}", "a b", "")) {
            assertThatThrownBy(
                            () ->
                                    ProcessorSource.jsonata(
                                            settings(bad, Duration.ofSeconds(1), 500)))
                    .as(bad)
                    .isInstanceOf(BadConfigurationException.class)
                    .hasMessageContaining("the expression of --jsonata cannot be used");
        }
        assertThatThrownBy(
                        () ->
                                ProcessorSource.jsonata(
                                        settings("{\"a\":\n  $sum(}", Duration.ofSeconds(1), 500)))
                .hasMessageContaining("line 2, character");
    }

    @Test
    void manyThreadsEvaluateAtOnceEachItsOwnMessage() throws Exception {
        JsonataProcessor processor =
                processor(
                        "($k := id; $n := function($x) { $x & '-' & $k }; {'r': $map(items, $n), 'now': $millis() > 0})",
                        Duration.ofSeconds(30),
                        500);
        List<Callable<String>> calls = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            int number = i;
            calls.add(
                    () ->
                            emitted(
                                    processor.process(
                                            message(
                                                    "{\"id\":"
                                                            + number
                                                            + ",\"items\":[1,2,3,4]}"))));
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(16)) {
            List<Future<String>> results = threads.invokeAll(calls);
            for (int i = 0; i < results.size(); i++) {
                int number = i;
                String expected =
                        IntStream.rangeClosed(1, 4)
                                .mapToObj(item -> "\"" + item + "-" + number + "\"")
                                .collect(Collectors.joining(",", "{\"r\":[", "],\"now\":true}"));
                assertThat(results.get(i).get()).isEqualTo(expected);
            }
        }
    }

    @Test
    void theTimeIsTheTimeOfTheMessageAlsoOnAnotherThread() throws Exception {
        JsonataProcessor processor = processor("$millis()", Duration.ofSeconds(30), 500);
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            Callable<Long> call = () -> Long.parseLong(emitted(processor.process(message("{}"))));
            long first = thread.submit(call).get();
            Thread.sleep(5);

            assertThat(thread.submit(call).get()).isGreaterThan(first);
        }
    }

    private static Outcome run(String expression, String payload) throws Exception {
        return processor(expression, Duration.ofSeconds(20), 500).process(message(payload));
    }

    private static JsonataProcessor processor(String expression, Duration timeout, int depth) {
        return new JsonataProcessor(settings(expression, timeout, depth));
    }

    private static JsonataSettings settings(String expression, Duration timeout, int depth) {
        return new JsonataSettings(expression, "--jsonata", timeout, depth, 1 << 20);
    }

    private static String quoted(String text) {
        return text.strip().replace('\'', '"');
    }

    private static String emitted(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Emit.class);
        Outcome.Emit emit = (Outcome.Emit) outcome;
        assertThat(emit.emissions()).hasSize(1);
        return new String(emit.emissions().getFirst().payload(), StandardCharsets.UTF_8);
    }

    private static Message message(String payload) {
        return Posts.message("m", payload, 1);
    }
}
