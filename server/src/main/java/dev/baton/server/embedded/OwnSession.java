package dev.baton.server.embedded;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A shell that stands guard over a process must outlive the signals that end us: a Ctrl-C in a terminal and a `timeout`
/// signal the whole process group. In a session of its own it gets none of them and acts on the end of its pipe alone.
public final class OwnSession {

    private OwnSession() {}

    /// How a command begins that starts a shell, in a session of its own where the system can.
    public static List<String> shell() {
        for (String folder : String.valueOf(System.getenv("PATH")).split(File.pathSeparator, -1)) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, "setsid"))) {
                return List.of("setsid", "sh");
            }
        }
        return List.of("sh");
    }
}
