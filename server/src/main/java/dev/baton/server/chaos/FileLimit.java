package dev.baton.server.chaos;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// How large the files of another process may become, over `prlimit`. A write beyond it fails like one on a full disk,
/// with another number for the reason; no mount and no privilege is needed.
final class FileLimit {

    private static final String COMMAND = "prlimit";
    private static final long TIMEOUT_MILLIS = 2_000;

    private final long pid;
    private final String before;

    private FileLimit(long pid, String before) {
        this.pid = pid;
        this.before = before;
    }

    /// Why it cannot be done here, or null if it can.
    static @Nullable String whyNot() {
        boolean there =
                Arrays.stream(String.valueOf(System.getenv("PATH")).split(File.pathSeparator, -1))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, COMMAND)));
        return there
                ? null
                : "it limits the store's files with '" + COMMAND + "' (util-linux, on Linux only)";
    }

    /// Sets a limit.
    ///
    /// @param bytes no file of the process becomes larger
    static FileLimit set(long pid, long bytes) {
        String before = run(pid, "--fsize", "--output=SOFT", "--noheadings", "--raw").strip();
        FileLimit limit = new FileLimit(pid, before);
        var _ = run(pid, "--fsize=" + bytes + ":");
        return limit;
    }

    /// As it was before.
    void lift() {
        var _ = run(pid, "--fsize=" + before + ":");
    }

    private static String run(long pid, String... arguments) {
        List<String> command = new ArrayList<>(List.of(COMMAND, "--pid", Long.toString(pid)));
        command.addAll(List.of(arguments));
        try {
            Process limiting = new ProcessBuilder(command).redirectErrorStream(true).start();
            String said =
                    new String(limiting.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!limiting.waitFor(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
                    || limiting.exitValue() != 0) {
                throw new IllegalStateException(COMMAND + " failed: " + said.strip());
            }
            return said;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run " + COMMAND + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while limiting files", e);
        }
    }
}
