package dev.baton.bench;

import dev.baton.server.cli.Main;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// The processes of a subject, by the name of what they do.
final class Processes implements AutoCloseable {

    /// The launcher's flags without its cache, and what the jar's manifest allows.
    static final List<String> FLAGS =
            List.of(
                    "-Xms64m",
                    "-Xmx1g",
                    "-XX:+UseG1GC",
                    "-XX:MaxHeapFreeRatio=100",
                    "-Xshare:auto",
                    "--enable-native-access=ALL-UNNAMED");

    private static final long LED_WITHIN_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Cell cell;
    private final String redis;
    private final Path logs;
    private final Map<String, Process> all = new LinkedHashMap<>();
    private final Thread ender = new Thread(this::destroy, "bench-ender");

    /// @param redis the server's address
    /// @param logs where what they say goes
    Processes(Cell cell, String redis, Path logs) {
        this.cell = cell;
        this.redis = redis;
        this.logs = logs;
        // They are not to outlive a measurement that is broken off.
        Runtime.getRuntime().addShutdownHook(ender);
    }

    /// Starts them.
    ///
    /// @param led whether the slices are led; where there is one, the first dispatcher is to lead it, and the others stand by
    void start(String channel, String stream, BooleanSupplier led)
            throws IOException, InterruptedException {
        if (cell.subject() == Subject.REFERENCE) {
            launch("bridge", ReferenceBridge.class, redis, channel, stream);
            return;
        }
        Scenario scenario = cell.scenario();
        boolean shared = scenario.slices() > 1;
        for (int i = 1; i <= scenario.dispatchers(); i++) {
            if (i == 2 && !shared) {
                await(led);
            }
            role(
                    nameOfDispatcher(i, shared && scenario.dispatchers() > 1),
                    "dispatcher",
                    stream,
                    "--id",
                    "d" + i,
                    "--channel",
                    channel);
        }
        for (int i = 1; i <= scenario.workers(); i++) {
            role("worker " + i, "worker", stream, "--id", "w" + i);
        }
    }

    /// Where there are several slices, dispatchers share them and are numbered; else all but the first stand by.
    private static String nameOfDispatcher(int number, boolean shared) {
        if (shared) {
            return "dispatcher " + number;
        }
        return number == 1 ? "dispatcher" : "standby " + (number - 1);
    }

    private void role(String name, String command, String stream, String... more)
            throws IOException {
        List<String> args = new ArrayList<>(List.of(command, "--redis", redis));
        args.addAll(List.of("--stream", stream));
        args.addAll(List.of("--slices", Integer.toString(cell.scenario().slices())));
        args.addAll(List.of("--transport", cell.subject().transport(), "--report", "0s"));
        args.addAll(List.of(more));
        launch(name, Main.class, args.toArray(String[]::new));
    }

    private void launch(String name, Class<?> main, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(java()));
        command.addAll(FLAGS);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(args));
        ProcessBuilder process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log(name).toFile());
        // Settings of the one who measures would not be in the header.
        process.environment().keySet().removeIf(variable -> variable.startsWith("BATON_"));
        all.put(name, process.start());
    }

    /// The `java` that runs this.
    static String java() {
        return ProcessHandle.current().info().command().orElseThrow();
    }

    private Path log(String name) {
        return logs.resolve(name.replace(' ', '-') + ".log");
    }

    private void await(BooleanSupplier led) throws InterruptedException {
        long deadline = System.nanoTime() + LED_WITHIN_NANOS;
        while (!led.getAsBoolean()) {
            checkAlive();
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("no dispatcher leads; see " + logs);
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    /// @throws IllegalStateException if one has ended
    void checkAlive() {
        all.forEach(
                (name, process) -> {
                    if (!process.isAlive()) {
                        throw new IllegalStateException(
                                cell.subject()
                                        + ": "
                                        + name
                                        + " ended with exit code "
                                        + process.exitValue()
                                        + "; see "
                                        + log(name));
                    }
                });
    }

    /// Their numbers, by name.
    Map<String, Long> pids() {
        Map<String, Long> pids = new LinkedHashMap<>();
        all.forEach((name, process) -> pids.put(name, process.pid()));
        return pids;
    }

    private void destroy() {
        all.values().forEach(Process::destroyForcibly);
    }

    @Override
    public void close() {
        destroy();
        Runtime.getRuntime().removeShutdownHook(ender);
    }
}
