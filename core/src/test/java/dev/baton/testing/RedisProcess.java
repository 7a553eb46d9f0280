package dev.baton.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A real server for one test class: on a free port of the loopback address, nothing kept on disk.
///
/// The server ends when it is closed and also when this JVM dies, however it dies: the shell that started it waits for
/// the end of a pipe whose other end only this JVM holds.
public final class RedisProcess implements AutoCloseable {

    private static final String VERSION = "7.0.15";
    private static final int MAX_STARTS = 5;
    private static final Duration START_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration END_TIMEOUT = Duration.ofSeconds(5);
    private static final int PROBE_TIMEOUT_MILLIS = 1_000;
    private static final int MAX_PORT = 55_535;

    /// Arguments: the directory to remove afterwards, the binary, its options. Prints the server's process id.
    private static final String SHELL =
            """
            dir=$1; shift
            "$@" >/dev/null 2>&1 &
            pid=$!
            echo $pid
            cat >/dev/null
            kill -9 $pid 2>/dev/null
            wait $pid 2>/dev/null
            rm -rf "$dir"
            """;

    private static @Nullable Path binary;

    private final Process shell;
    private final long pid;
    private final int port;

    private RedisProcess(Process shell, long pid, int port) {
        this.shell = shell;
        this.pid = pid;
        this.port = port;
    }

    /// Starts a server and waits until it answers.
    ///
    /// @param options more of the server's own options, after ours
    /// @throws IllegalStateException if it does not come up
    public static RedisProcess start(String... options) {
        return start(null, options);
    }

    /// Starts a sentinel and waits until it answers.
    ///
    /// @param settings lines of its file, which it goes on writing to
    /// @throws IllegalStateException if it does not come up
    static RedisProcess startSentinel(List<String> settings) {
        return start(settings);
    }

    private static RedisProcess start(@Nullable List<String> sentinel, String... options) {
        StringBuilder failures = new StringBuilder();
        for (int attempt = 0; attempt < MAX_STARTS; attempt++) {
            try {
                Path dir = Files.createTempDirectory("baton-redis");
                RedisProcess started = launch(dir, freePort(), sentinel, options);
                if (started.awaitAnswer()) {
                    return started;
                }
                Path log = dir.resolve("redis.log");
                failures.append(Files.exists(log) ? Files.readString(log) : "no log\n");
                started.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        throw new IllegalStateException("Redis does not start:\n" + failures);
    }

    /// Where it listens.
    public String uri() {
        return "redis://127.0.0.1:" + port;
    }

    /// The port it listens on.
    public int port() {
        return port;
    }

    /// The server's own process id.
    public long pid() {
        return pid;
    }

    /// Whether the server runs.
    public boolean alive() {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    /// Kills the server. Calling it again does nothing.
    @Override
    public void close() {
        try {
            shell.getOutputStream().close();
            if (!shell.waitFor(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
                shell.destroyForcibly();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static RedisProcess launch(
            Path dir, int port, @Nullable List<String> sentinel, String... options)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.addAll(List.of("sh", "-c", SHELL, "sh", dir.toString(), binary().toString()));
        if (sentinel != null) {
            Path file = Files.write(dir.resolve("sentinel.conf"), sentinel);
            command.addAll(List.of(file.toString(), "--sentinel"));
        }
        command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1"));
        command.addAll(List.of("--save", "", "--appendonly", "no"));
        command.addAll(List.of("--dir", dir.toString(), "--logfile", "redis.log"));
        command.addAll(List.of(options));
        Process shell =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        BufferedReader out = shell.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        if (line == null) {
            throw new IOException("the shell ended before it started a server");
        }
        return new RedisProcess(shell, Long.parseLong(line.strip()), port);
    }

    /// Whether it came up; false when it ended or took too long, for instance because somebody else has the port.
    private boolean awaitAnswer() throws IOException {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (System.nanoTime() < deadline
                && ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)) {
            if (answers()) {
                return true;
            }
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while Redis started", e);
            }
        }
        return false;
    }

    /// Asks whoever listens on the port whether it is this server.
    private boolean answers() {
        try (Socket socket = new Socket()) {
            InetAddress loopback = InetAddress.getLoopbackAddress();
            socket.connect(new InetSocketAddress(loopback, port), PROBE_TIMEOUT_MILLIS);
            socket.setSoTimeout(PROBE_TIMEOUT_MILLIS);
            OutputStream out = socket.getOutputStream();
            out.write("PING\r\nINFO server\r\nQUIT\r\n".getBytes(StandardCharsets.US_ASCII));
            // A sentinel knows no QUIT.
            socket.shutdownOutput();
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return answer.startsWith("+PONG") && answer.contains("process_id:" + pid + "\r\n");
        } catch (IOException e) {
            return false;
        }
    }

    /// Low enough that a node of a cluster can have its bus 10,000 above.
    private static int freePort() throws IOException {
        int port;
        do {
            try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = socket.getLocalPort();
            }
        } while (port > MAX_PORT);
        return port;
    }

    /// The server's binary, unpacked from the class path once for each JVM.
    private static synchronized Path binary() throws IOException {
        Path known = binary;
        if (known != null) {
            return known;
        }
        String other = System.getenv("REDIS_SERVER");
        if (other != null && !other.isEmpty()) {
            binary = Path.of(other);
            return binary;
        }
        String resource = "/redis-server-" + VERSION + "-" + system() + "-" + processor();
        Path file = Files.createTempFile("baton-redis-server", "");
        file.toFile().deleteOnExit();
        try (InputStream in = RedisProcess.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("no Redis for this machine on the class path: " + resource);
            }
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
        }
        if (!file.toFile().setExecutable(true)) {
            throw new IOException("cannot make " + file + " executable");
        }
        binary = file;
        return file;
    }

    private static String system() {
        String name = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        return name.startsWith("mac") ? "darwin" : "linux";
    }

    private static String processor() {
        return switch (System.getProperty("os.arch", "")) {
            case "aarch64", "arm64" -> "arm64";
            case "x86", "i386", "i486", "i586", "i686" -> "386";
            default -> "amd64";
        };
    }
}
