package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// The commands as processes of their own.
class RunIT {

    @Test
    void runPublishesProcessesAndBalances() throws Exception {
        Process run = baton("run", "--rate", "500", "--duration", "3s", "--dispatchers", "2");
        String said = new String(run.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(run.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(run.exitValue()).as(said).isZero();
        assertThat(said).containsPattern("books balance +yes").containsPattern("in flight +0\n");
    }

    @Test
    void anInterruptDrainsAndEndsWithTheSummary() throws Exception {
        Process run = baton("run", "--rate", "500");
        StringBuilder said = new StringBuilder();
        var reader = run.errorReader();
        String line;
        while ((line = reader.readLine()) != null) {
            said.append(line).append('\n');
            if (line.startsWith("first message committed")) {
                new ProcessBuilder("kill", "-INT", Long.toString(run.pid())).start().waitFor();
            }
        }

        assertThat(run.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(run.exitValue()).as(said.toString()).isZero();
        assertThat(said).containsPattern("books balance +yes");
    }

    private static Process baton(String... args) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName()));
        command.addAll(List.of(args));
        return new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    }
}
