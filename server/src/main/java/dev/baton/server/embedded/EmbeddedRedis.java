package dev.baton.server.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One running Redis server that belongs to this process.
///
/// A shell stands between us and the server. It reads a pipe that only this process holds open; when the pipe ends,
/// because we closed it or because we were killed, it stops the server. Nothing polls, and nothing is left behind.
public final class EmbeddedRedis implements AutoCloseable {

    private static final int MAX_STARTS = 5;
    private static final Duration START_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);
    private static final int ENDS_WITHIN_MILLIS = 100;
    private static final int PING_TIMEOUT_MILLIS = 500;
    private static final int LOG_TAIL_LINES = 5;
    private static final String CLUSTER_ENABLED = "cluster-enabled";
    private static final int BUS_PORT_OFFSET = 10_000;
    private static final int MAX_PORT = 65_535;

    /// Starts the server, tells us its pid, and waits for our end. A server that somebody stopped must run to hear that it
    /// ends. One whose files may not grow is to be told so by the write that fails, and lives, as on a full disk.
    private static final String GUARD =
            """
            trap '' INT XFSZ
            "$@" </dev/null &
            server=$!
            echo "$server"
            exec >/dev/null
            cat >/dev/null
            kill -TERM "$server" 2>/dev/null
            kill -CONT "$server" 2>/dev/null
            wait "$server"
            """;

    private final Options options;
    private Process guard;
    private ProcessHandle server;
    private final int port;
    private final Path folder;
    private final Path binaryFolder;
    private final boolean temporary;

    private EmbeddedRedis(
            Options options,
            Process guard,
            ProcessHandle server,
            int port,
            Path folder,
            Path binaryFolder,
            boolean temporary) {
        this.options = options;
        this.guard = guard;
        this.server = server;
        this.port = port;
        this.folder = folder;
        this.binaryFolder = binaryFolder;
        this.temporary = temporary;
    }

    /// How a server is started.
    ///
    /// @param dataDirectory where data survives a restart, or null for a folder that is deleted at the end
    /// @param port to listen on, 0 for a free one
    /// @param directives more of Redis' configuration, name and value in turn
    public record Options(@Nullable Path dataDirectory, int port, List<String> directives) {

        /// A free port and nothing kept.
        public static Options temporary() {
            return new Options(null, 0, List.of());
        }

        /// A node that knows no others yet, on a port whose cluster bus is free too, and nothing kept.
        ///
        /// @param directives more of its configuration, name and value in turn
        static Options ofClusterNode(List<String> directives) {
            List<String> all = new ArrayList<>(List.of(CLUSTER_ENABLED, "yes"));
            all.addAll(directives);
            return new Options(null, 0, List.copyOf(all));
        }

        private boolean isClusterNode() {
            return directives.contains(CLUSTER_ENABLED);
        }
    }

    /// Processor time the server has used since it started; nothing where the system does not tell.
    public Duration cpu() {
        return server.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /// Starts a server and waits until it answers.
    ///
    /// @throws UncheckedIOException if it does not; the message says why
    public static EmbeddedRedis start(Options options) {
        try {
            IOException last = null;
            for (int attempt = 0; attempt < MAX_STARTS; attempt++) {
                try {
                    return startOnce(options);
                } catch (PortTakenException e) {
                    last = e;
                    if (options.port() != 0) {
                        break;
                    }
                }
            }
            throw last == null ? new IOException("no attempt was made") : last;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start an embedded Redis: " + why(e), e);
        }
    }

    /// A failure of the file system gives the file's name and leaves the rest to its class.
    private static String why(IOException failure) {
        return switch (failure) {
            case NoSuchFileException missing -> "no folder " + missing.getFile() + " can be made";
            case AccessDeniedException denied -> "no permission for " + denied.getFile();
            case FileAlreadyExistsException file -> file.getFile() + " is no folder";
            default -> String.valueOf(failure.getMessage());
        };
    }

    private static final class PortTakenException extends IOException {
        private static final long serialVersionUID = 1L;

        PortTakenException(String message) {
            super(message);
        }
    }

    private static EmbeddedRedis startOnce(Options options) throws IOException {
        Path given = options.dataDirectory();
        boolean temporary = given == null;
        Path folder =
                temporary
                        ? Files.createTempDirectory("baton-redis-")
                        : Files.createDirectories(given);
        Path binaryFolder = temporary ? folder : Files.createTempDirectory("baton-redis-");
        int port = options.port() == 0 ? freePort(options) : options.port();
        Path binary = RedisBinary.unpackInto(binaryFolder);
        Launched launched;
        try {
            launched = launch(options, binary, folder, port);
        } catch (PortTakenException e) {
            deleteTemporary(temporary ? folder : binaryFolder);
            throw e;
        }
        return new EmbeddedRedis(
                options,
                launched.guard(),
                launched.server(),
                port,
                folder,
                binaryFolder,
                temporary);
    }

    private record Launched(Process guard, ProcessHandle server) {}

    private static Launched launch(Options options, Path binary, Path folder, int port)
            throws IOException {
        boolean temporary = options.dataDirectory() == null;
        Path log = folder.resolve("redis.log");
        List<String> command = new ArrayList<>(OwnSession.shell());
        command.addAll(List.of("-c", GUARD, "baton-redis-guard"));
        command.addAll(
                List.of(
                        binary.toString(),
                        "--port",
                        Integer.toString(port),
                        "--bind",
                        "127.0.0.1",
                        "--protected-mode",
                        "yes",
                        "--dir",
                        folder.toString(),
                        "--logfile",
                        log.toString(),
                        "--save",
                        "",
                        "--appendonly",
                        temporary ? "no" : "yes",
                        "--appendfsync",
                        "everysec",
                        "--maxmemory-policy",
                        "noeviction",
                        // A stray core of a killed server would be larger than all it held.
                        "--crash-memcheck-enabled",
                        "no"));
        for (int i = 0; i + 1 < options.directives().size(); i += 2) {
            command.add("--" + options.directives().get(i));
            command.add(options.directives().get(i + 1));
        }
        Process guard =
                new ProcessBuilder(command)
                        .redirectErrorStream(false)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        BufferedReader out = guard.inputReader(StandardCharsets.US_ASCII);
        String pid = out.readLine();
        ProcessHandle server =
                pid == null ? null : ProcessHandle.of(Long.parseLong(pid)).orElse(null);
        if (server == null || !answers(port, server)) {
            guard.getOutputStream().close();
            String tail = tail(log);
            if (tail.contains("Address already in use")
                    || tail.contains("Failed listening on port")) {
                throw new PortTakenException("port " + port + " is in use");
            }
            throw new IOException(
                    "it did not answer on port "
                            + port
                            + " within "
                            + START_TIMEOUT.toSeconds()
                            + " s; its log "
                            + log
                            + " ends with: "
                            + tail);
        }
        return new Launched(guard, server);
    }

    /// A node of a cluster listens on a second port, [#BUS_PORT_OFFSET] above the first.
    private static int freePort(Options options) throws IOException {
        int port = freePort();
        while (options.isClusterNode() && !isFree(port + BUS_PORT_OFFSET)) {
            port = freePort();
        }
        return port;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static boolean isFree(int port) {
        if (port > MAX_PORT) {
            return false;
        }
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort() == port;
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean answers(int port, ProcessHandle server) throws IOException {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (System.nanoTime() < deadline && server.isAlive()) {
            if (isAnsweredBy(server, port)) {
                return true;
            }
            try {
                TimeUnit.MILLISECONDS.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return false;
    }

    /// Whether the port is this server's: another program may have taken it while ours was starting, and ours will end then.
    private static boolean isAnsweredBy(ProcessHandle server, int port) {
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                    PING_TIMEOUT_MILLIS);
            socket.setSoTimeout(PING_TIMEOUT_MILLIS);
            socket.getOutputStream()
                    .write("INFO server\r\nPING\r\n".getBytes(StandardCharsets.US_ASCII));
            BufferedReader answer =
                    new BufferedReader(
                            new InputStreamReader(
                                    socket.getInputStream(), StandardCharsets.US_ASCII));
            String first = answer.readLine();
            if (first != null && first.startsWith("-NOAUTH")) {
                // It does not say who it is to everybody; ours would end within this time.
                TimeUnit.MILLISECONDS.sleep(ENDS_WITHIN_MILLIS);
                return server.isAlive();
            }
            String ours = "process_id:" + server.pid();
            boolean isOurs = false;
            String line = first;
            // While it loads its data it tells of itself, and answers nothing else.
            while (line != null && !line.equals("+PONG") && !line.startsWith("-")) {
                isOurs |= line.equals(ours);
                line = answer.readLine();
            }
            return isOurs && "+PONG".equals(line);
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static String tail(Path log) {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join(
                    " / ", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
        } catch (IOException e) {
            return "(no log)";
        }
    }

    /// The server's address.
    public String uri() {
        return "redis://127.0.0.1:" + port;
    }

    /// The port on loopback.
    public int port() {
        return port;
    }

    /// The server's own process, not the guard's.
    public synchronized long pid() {
        return server.pid();
    }

    /// Kills the server as a power cut would and waits until it is gone. [#restart] brings it back.
    public synchronized void kill() {
        server.destroyForcibly();
        end();
    }

    /// Starts a server that was killed again: same port, same folder, same directives.
    ///
    /// @throws UncheckedIOException if it does not come up; the message says why
    public synchronized void restart() {
        try {
            Launched again =
                    launch(options, binaryFolder.resolve(RedisBinary.FILE_NAME), folder, port);
            guard = again.guard();
            server = again.server();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot start the embedded Redis again: " + e.getMessage(), e);
        }
    }

    /// Where its data and its log are.
    public Path dataDirectory() {
        return folder;
    }

    /// Stops the server, in order if it can; deletes what was temporary.
    @Override
    public synchronized void close() {
        end();
        deleteTemporary(temporary ? folder : binaryFolder);
    }

    private void end() {
        try {
            guard.getOutputStream().close();
            if (!guard.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                server.destroyForcibly();
                guard.destroyForcibly();
            }
        } catch (IOException e) {
            server.destroyForcibly();
        } catch (InterruptedException e) {
            server.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private static void deleteTemporary(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // A leftover in the system's temporary folder harms nobody.
            folder.toFile().deleteOnExit();
        }
    }
}
