package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/// One command as a process of its own, and what it says.
final class BatonProcess implements AutoCloseable {

    private static final long SIGINT_BIT = 1 << (2 - 1);

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Process process;
    private final List<String> said = new CopyOnWriteArrayList<>();
    private final CompletableFuture<String> printed;
    private final Thread listening;

    private BatonProcess(Process process) {
        this.process = process;
        this.listening = Thread.ofVirtual().start(this::listen);
        this.printed = CompletableFuture.supplyAsync(this::readOutput, Thread::startVirtualThread);
    }

    static BatonProcess start(String... args) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "-XX:TieredStopAtLevel=1",
                                "-Xmx256m",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName()));
        command.addAll(List.of(args));
        return new BatonProcess(new ProcessBuilder(command).start());
    }

    private void listen() {
        try (BufferedReader reader = process.errorReader(StandardCharsets.UTF_8)) {
            String line = reader.readLine();
            while (line != null) {
                said.add(line);
                line = reader.readLine();
            }
        } catch (IOException e) {
            said.add("(unreadable: " + e.getMessage() + ")");
        }
    }

    private String readOutput() {
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Gives it lines on standard input and leaves that open.
    void type(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /// Nothing more comes on standard input.
    void endInput() throws IOException {
        process.getOutputStream().close();
    }

    void signal(String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    }

    /// What Ctrl-C does. Where whoever runs the tests had interrupts ignored, as shells do for what runs in the background,
    /// the processes inherit that, and are asked to end otherwise.
    void interrupt() throws Exception {
        signal(interruptsAreIgnored() ? "TERM" : "INT");
    }

    private static boolean interruptsAreIgnored() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return false;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .map(line -> line.replaceFirst("SigIgn:\\s*", ""))
                .anyMatch(mask -> (Long.parseUnsignedLong(mask, 16) & SIGINT_BIT) != 0);
    }

    void awaitSaid(String part) {
        Awaitility.await(part)
                .atMost(PATIENCE)
                .until(() -> said.stream().anyMatch(line -> line.contains(part)));
    }

    long timesSaid(String part) {
        return said.stream().filter(line -> line.contains(part)).count();
    }

    /// @return its exit code
    int end() throws InterruptedException {
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as(said()).isTrue();
        listening.join();
        return process.exitValue();
    }

    String said() {
        return String.join("\n", said) + "\n";
    }

    String printed() {
        return printed.join();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
