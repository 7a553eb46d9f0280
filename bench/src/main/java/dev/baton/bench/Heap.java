package dev.baton.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How much of its heap a Java process uses, by the `jcmd` beside our own `java`. What is garbage already counts until it
/// is collected.
final class Heap {

    private static final long PATIENCE_SECONDS = 20;
    private static final Pattern USED = Pattern.compile("used (\\d+)K");

    private Heap() {}

    /// In MiB.
    ///
    /// @return empty where there is no `jcmd`, or no answer
    static OptionalDouble usedMebibytes(long pid) throws InterruptedException {
        Path jcmd = Path.of(Processes.java()).resolveSibling("jcmd");
        if (!Files.isExecutable(jcmd)) {
            return OptionalDouble.empty();
        }
        try {
            Process asked =
                    new ProcessBuilder(jcmd.toString(), Long.toString(pid), "GC.heap_info")
                            .redirectErrorStream(true)
                            .start();
            if (!asked.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                asked.destroyForcibly();
                return OptionalDouble.empty();
            }
            return used(new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return OptionalDouble.empty();
        }
    }

    /// Reads it from what `jcmd` says.
    static OptionalDouble used(String answer) {
        Matcher found = USED.matcher(answer);
        return found.find()
                ? OptionalDouble.of(Long.parseLong(found.group(1)) / 1024.0)
                : OptionalDouble.empty();
    }
}
