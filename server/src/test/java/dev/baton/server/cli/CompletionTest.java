package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.server.config.Configuration;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// What shells are taught, against what the commands declare.
class CompletionTest {

    private final CommandLine root =
            Main.commandLine(new Termination(), Configuration.read(Map.of(), null, Set.of()));
    private final String fish = new FishCompletion(root.getCommandSpec()).script();

    @Test
    void fishKnowsEveryCommandAndEveryOptionWhereItBelongs() {
        List<String> missing = new ArrayList<>();
        look(root.getCommandSpec(), List.of(), missing);

        assertThat(missing).isEmpty();
    }

    private void look(CommandSpec spec, List<String> path, List<String> missing) {
        for (OptionSpec option : spec.options()) {
            for (String name : option.names()) {
                String flag =
                        name.startsWith("--")
                                ? " -l " + name.substring(2)
                                : " -s " + name.substring(1);
                expect(path, flag, missing);
            }
        }
        spec.subcommands()
                .forEach(
                        (name, sub) -> {
                            expect(path, " -a " + name, missing);
                            List<String> deeper = new ArrayList<>(path);
                            deeper.add(name);
                            look(sub.getCommandSpec(), deeper, missing);
                        });
    }

    private void expect(List<String> path, String what, List<String> missing) {
        boolean found =
                fish.lines()
                        .filter(line -> (line + " ").contains(what + " "))
                        .anyMatch(
                                line ->
                                        path.stream()
                                                .allMatch(
                                                        command ->
                                                                line.contains(
                                                                        "__fish_seen_subcommand_from "
                                                                                + command)));
        if (!found) {
            missing.add(String.join(" ", path) + what);
        }
    }

    @Test
    void fishOffersWordsFilesOrNothing() {
        assertThat(fish.lines())
                .anyMatch(line -> line.contains(" -l form -s o") || line.contains(" -s o -l form"))
                .filteredOn(line -> line.contains("-l form") && line.contains("from status"))
                .allMatch(line -> line.contains(" -x -a 'table json yaml' "));
        assertThat(fish.lines().filter(line -> line.contains(" -l config ")))
                .allMatch(line -> line.contains(" -r -F "));
        assertThat(fish.lines().filter(line -> line.contains(" -l verbose ")))
                .noneMatch(line -> line.contains(" -x") || line.contains(" -r"));
    }

    @Test
    void bashKnowsEveryCommand() {
        String bash = AutoComplete.bash("baton", root);

        root.getSubcommands().keySet().forEach(name -> assertThat(bash).contains(" " + name));
        assertThat(bash).contains("complete -F").contains("--worker-timeout");
    }

    @ParameterizedTest
    @EnumSource(CompletionCommand.Shell.class)
    void theShellItselfParsesItsScript(CompletionCommand.Shell shell, @TempDir Path folder)
            throws Exception {
        assumeTrue(isInstalled(shell.name()), shell + " is not installed");
        String text =
                shell == CompletionCommand.Shell.fish ? fish : AutoComplete.bash("baton", root);
        Path script = Files.writeString(folder.resolve("script"), text);

        Process parse =
                new ProcessBuilder(shell.name(), "-n", script.toString())
                        .redirectErrorStream(true)
                        .start();

        String said = new String(parse.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(parse.waitFor()).as(said).isZero();
    }

    private static boolean isInstalled(String shell) throws IOException {
        for (String place : System.getenv("PATH").split(File.pathSeparator, -1)) {
            if (Files.isExecutable(Path.of(place, shell))) {
                return true;
            }
        }
        return false;
    }
}
