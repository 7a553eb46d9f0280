package dev.baton.bench;

import dev.baton.server.cli.Main;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What is measured.
enum Subject {
    /// The [ReferenceBridge].
    REFERENCE,
    /// One dispatcher and workers.
    BATON,
    /// The same with a consumer group.
    GROUP;

    /// The flags that the launcher gives.
    private static final List<String> FLAGS =
            List.of("-Xms64m", "-Xmx1g", "-XX:+UseG1GC", "--enable-native-access=ALL-UNNAMED");

    /// Starts its processes.
    ///
    /// @param logs where what they say goes
    /// @return by the name of what they do
    Map<String, Process> start(String redis, String channel, String stream, int workers, Path logs)
            throws IOException {
        Map<String, Process> processes = new LinkedHashMap<>();
        if (this == REFERENCE) {
            processes.put(
                    "bridge",
                    launch(ReferenceBridge.class, logs, "bridge", redis, channel, stream));
            return processes;
        }
        processes.put(
                "dispatcher",
                launch(
                        Main.class,
                        logs,
                        "dispatcher",
                        "dispatcher",
                        "--redis",
                        redis,
                        "--channel",
                        channel,
                        "--stream",
                        stream,
                        "--id",
                        "d1",
                        "--transport",
                        transport(),
                        "--report",
                        "0s"));
        for (int i = 1; i <= workers; i++) {
            processes.put(
                    "worker " + i,
                    launch(
                            Main.class,
                            logs,
                            "worker-" + i,
                            "worker",
                            "--redis",
                            redis,
                            "--stream",
                            stream,
                            "--id",
                            "w" + i,
                            "--transport",
                            transport(),
                            "--report",
                            "0s"));
        }
        return processes;
    }

    private String transport() {
        return this == GROUP ? "group" : "lists";
    }

    private static Process launch(Class<?> main, Path logs, String name, String... args)
            throws IOException {
        List<String> command =
                new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow()));
        command.addAll(FLAGS);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(args));
        File log = logs.resolve(name + ".log").toFile();
        return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log).start();
    }
}
