package dev.baton.server.chaos;

import dev.baton.server.embedded.OwnSession;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One role in a process of its own, started again and again under one name.
///
/// A shell stands between us and the process, as with the embedded Redis: when our end of its pipe closes, because we
/// ended or were killed, it kills the process, also one that was stopped. The shell's exit code is the process'.
final class Child {

    private static final String BEGINS = "---";
    private static final Duration END_TIMEOUT = Duration.ofSeconds(5);
    private static final String ANEW = "subscribing anew";
    private static final Pattern SYNC =
            Pattern.compile(
                    ": (in sync from|not in sync)|" + ANEW + "$|^" + BEGINS, Pattern.MULTILINE);
    private static final Pattern LEADS = Pattern.compile(" leads (\\S+) .*epoch (\\d+)");

    /// Arguments: where output goes, then the command. An asynchronous job of a shell reads nothing, so the pipe has
    /// to be handed over as another descriptor. The watcher is ended before it can take a stranger for the process.
    private static final String GUARD =
            """
            trap '' INT
            log=$1; shift
            exec 3<&0
            echo "---" >>"$log"
            "$@" 3<&- </dev/null >>"$log" 2>&1 &
            role=$!
            echo "$role"
            exec >/dev/null
            { cat <&3; kill -KILL "$role" 2>/dev/null; } &
            watcher=$!
            exec 3<&-
            wait "$role"
            code=$?
            kill "$watcher" 2>/dev/null
            exit $code
            """;

    /// What a child is to do.
    enum Role {
        DISPATCHER,
        WORKER
    }

    private final String id;
    private final Role role;
    private final List<String> command;
    private final Map<String, String> environment;
    private final Path log;
    private Process guard;
    private long pid;

    private Child(
            String id, Role role, List<String> command, Map<String, String> environment, Path log)
            throws IOException {
        this.id = id;
        this.role = role;
        this.command = command;
        this.environment = environment;
        this.log = log;
        this.guard = launch();
        this.pid = pid(guard);
    }

    /// Starts a process.
    ///
    /// @param id also the name of its log
    /// @param command with all its arguments
    /// @param environment what it gets beyond ours
    /// @param folder where its log goes
    static Child start(
            String id,
            Role role,
            List<String> command,
            Map<String, String> environment,
            Path folder) {
        try {
            return new Child(
                    id, role, command, environment, folder.resolve(role + "-" + id + ".log"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + id + ": " + e.getMessage(), e);
        }
    }

    private Process launch() throws IOException {
        List<String> whole = new ArrayList<>(OwnSession.shell());
        whole.addAll(List.of("-c", GUARD, "baton-chaos-guard", log.toString()));
        whole.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(whole);
        builder.environment().putAll(environment);
        builder.redirectError(ProcessBuilder.Redirect.to(new File("/dev/null")));
        return builder.start();
    }

    private static long pid(Process guard) throws IOException {
        String line = guard.inputReader(StandardCharsets.US_ASCII).readLine();
        if (line == null) {
            throw new IOException("the shell ended before it started the process");
        }
        return Long.parseLong(line.strip());
    }

    String id() {
        return id;
    }

    Role role() {
        return role;
    }

    /// The process number of the present incarnation.
    synchronized long pid() {
        return pid;
    }

    synchronized boolean alive() {
        return guard.isAlive();
    }

    /// The highest epoch in which this child said that it leads a slice, 0 if it never did.
    long ledEpoch(String stream) {
        long highest = 0;
        Matcher said = LEADS.matcher(log());
        while (said.find()) {
            if (said.group(1).equals(stream)) {
                highest = Math.max(highest, Long.parseLong(said.group(2)));
            }
        }
        return highest;
    }

    /// Whether the last thing that this process said about it is that it is in sync. A subscription begins without.
    boolean inSync() {
        boolean inSync = false;
        Matcher said = SYNC.matcher(log());
        while (said.find()) {
            inSync = "in sync from".equals(said.group(1));
        }
        return inSync;
    }

    /// How often it said that it subscribes anew.
    long subscribedAnew() {
        return log().lines().filter(line -> line.endsWith(ANEW)).count();
    }

    /// The last line it said that has these words, or nothing.
    String lastSaid(String words) {
        return log().lines().filter(line -> line.contains(words)).reduce("", (one, next) -> next);
    }

    /// A log that is not there says nothing.
    private String log() {
        try {
            return Files.readString(log, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    /// SIGKILL, and waits until it is gone.
    synchronized void kill() {
        signal("KILL");
        var _ = awaitEnd(END_TIMEOUT);
    }

    void pause() {
        signal("STOP");
    }

    void resume() {
        signal("CONT");
    }

    /// SIGTERM, and waits for the end; SIGKILL when it takes too long.
    ///
    /// @return its exit code
    synchronized int stop(Duration timeout) {
        signal("TERM");
        return awaitEnd(timeout);
    }

    /// SIGTERM without a wait, so that several may end at once.
    void askToStop() {
        signal("TERM");
    }

    private synchronized int awaitEnd(Duration timeout) {
        try {
            if (!guard.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                signal("KILL");
                if (!guard.waitFor(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                    guard.destroyForcibly();
                }
            }
            closePipe();
            return guard.isAlive() ? -1 : guard.exitValue();
        } catch (InterruptedException e) {
            closePipe();
            Thread.currentThread().interrupt();
            return -1;
        }
    }

    private void closePipe() {
        try {
            guard.getOutputStream().close();
        } catch (IOException e) {
            // The shell is gone, which is what closing is for.
        }
    }

    /// Starts it anew under the same name; it must have ended.
    synchronized void restart() {
        try {
            closePipe();
            guard = launch();
            pid = pid(guard);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot restart " + id + ": " + e.getMessage(), e);
        }
    }

    private synchronized void signal(String name) {
        if (guard.isAlive()) {
            Signals.send(name, pid);
        }
    }
}
