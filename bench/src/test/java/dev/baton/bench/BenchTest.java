package dev.baton.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class BenchTest {

    @Test
    void optionsAreListsAndARateMayBeHalfOfTheReferences() {
        Plan plan = planOf("--size=200,1024,200", "--rate=0,5000,half", "--workers=1,2");

        assertThat(plan.sizes()).containsExactly(200, 1024);
        assertThat(plan.rates())
                .containsExactly(
                        new Rate.FlatOut(), new Rate.Fixed(5_000), new Rate.HalfOfReference());
        assertThat(plan.workers()).containsExactly(1, 2);
        assertThat(plan.slices()).containsExactly(1);
    }

    @Test
    void withoutAWindowLargeMessagesAreFewerUnderWay() {
        assertThat(planOf().windowFor(200)).isEqualTo(20_000);
        assertThat(planOf().windowFor(10_240)).isEqualTo(1_638);
        assertThat(planOf("--window=7").windowFor(10_240)).isEqualTo(7);
    }

    @Test
    void halfHasTheReferenceMeasuredFlatOutFirstAndScenariosRunInTurn() {
        Plan plan =
                planOf("--size=200", "--rate=half", "--workers=1,2", "--subjects=baton,reference");
        Scenario flat = new Scenario(200, 0, 0, 0, 0);

        assertThat(plan.flatOut()).containsExactly(new Cell(Subject.REFERENCE, flat));
        assertThat(plan.atRates(_ -> 40))
                .containsExactly(
                        new Cell(Subject.BATON, new Scenario(200, 40, 1, 1, 1)),
                        new Cell(Subject.REFERENCE, new Scenario(200, 40, 0, 0, 0)),
                        new Cell(Subject.BATON, new Scenario(200, 40, 2, 1, 1)));
    }

    @Test
    void whatWasMeasuredFlatOutIsNotMeasuredAgain() {
        Plan plan = planOf("--rate=0,100", "--subjects=parts,baton");
        Cell parts = new Cell(Subject.PARTS, new Scenario(200, 0, 0, 0, 0));

        assertThat(plan.flatOut()).contains(parts);
        assertThat(plan.atRates(_ -> 1))
                .containsExactly(new Cell(Subject.BATON, new Scenario(200, 100, 1, 1, 1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"--size=71", "--workers=1,9", "--slices=7", "--dispatchers=0", "--runs=0"})
    void whatIsOutOfBoundsIsRefused(String option) {
        String name = option.replaceFirst("=.*", "");
        assertThatThrownBy(() -> planOf(option))
                .isInstanceOf(BadOptionException.class)
                .hasMessageStartingWith(name + " ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--rate=quarter",
                "--size=200,,300",
                "--sizes=200",
                "--output=xml",
                "--runs=0"
            })
    void badOptionsAreSaidInOneLineWithExitCode2(String option) {
        PrintStream standard = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            assertThat(Bench.commandLine(option).execute(option)).isEqualTo(2);
        } finally {
            System.setErr(standard);
        }
        List<String> lines = said.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines.getFirst()).startsWith("baton: ");
        assertThat(lines).hasSizeLessThanOrEqualTo(2).noneMatch(line -> line.startsWith("\tat"));
    }

    private static Plan planOf(String... args) {
        CommandLine line = Bench.commandLine(args);
        line.parseArgs(args);
        Bench bench = line.getCommand();
        return bench.checked();
    }
}
