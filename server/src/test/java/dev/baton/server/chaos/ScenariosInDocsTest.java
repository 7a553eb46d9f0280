package dev.baton.server.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Every scenario is in the tables, and what they name exists.
class ScenariosInDocsTest {

    private static final Pattern NAME = Pattern.compile("`([a-z-]+)`");

    @Test
    void theManualNamesEachInItsFirstColumn() throws IOException {
        List<String> named =
                rows("chaos.md", "## Scenarios").flatMap(cells -> names(cells[1])).toList();

        assertThat(named).containsExactlyInAnyOrderElementsOf(Fault.names());
    }

    @Test
    void theGuaranteesNameEachInTheirLastColumn() throws IOException {
        List<String> named =
                rows("guarantees.md", "## Fault by fault")
                        .flatMap(cells -> names(cells[cells.length - 2]))
                        .toList();

        assertThat(named).containsExactlyInAnyOrderElementsOf(Fault.names());
    }

    private static java.util.stream.Stream<String[]> rows(String document, String heading)
            throws IOException {
        String text = Files.readString(Path.of("../docs", document));
        String section =
                text.substring(text.indexOf(heading) + heading.length()).split("\n## ", 2)[0];
        return Arrays.stream(section.split("\n", -1))
                .filter(line -> line.startsWith("| "))
                .map(line -> line.split(" ?\\| ?", -1));
    }

    private static java.util.stream.Stream<String> names(String cell) {
        return NAME.matcher(cell).results().map((MatchResult name) -> name.group(1));
    }
}
