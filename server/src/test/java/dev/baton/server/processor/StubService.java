package dev.baton.server.processor;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A service on a socket of its own that answers as it is told, also as no library would.
final class StubService implements AutoCloseable {

    private static final int BACKLOG = 500;

    private final ServerSocket server;
    private final Function<Request, Reply> behaviour;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger mostUnderWay = new AtomicInteger();
    private final AtomicInteger requests = new AtomicInteger();

    /// @param headers by their names in small letters
    record Request(String path, Map<String, String> headers, String body) {
        String header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        }
    }

    /// What goes back over the connection.
    ///
    /// @param head status line and headers, with their empty line
    /// @param reset whether the connection is reset then, as by a process that is killed
    record Reply(String head, String body, long delayMillis, boolean reset, boolean endless) {
        Reply after(long millis) {
            return new Reply(head, body, millis, reset, endless);
        }

        Reply thenReset() {
            return new Reply(head, body, delayMillis, true, endless);
        }

        Reply forEver() {
            return new Reply(head, body, delayMillis, reset, true);
        }
    }

    StubService(Function<Request, Reply> behaviour) throws IOException {
        this.behaviour = behaviour;
        this.server = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("stub-service").start(this::accept);
    }

    static Reply reply(int status, String body, String... headers) {
        StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Said\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        if (status != 204) {
            head.append("Content-Length: ")
                    .append(body.getBytes(StandardCharsets.UTF_8).length)
                    .append("\r\n");
        }
        return new Reply(head + "\r\n", body, 0, false, false);
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/in";
    }

    int requests() {
        return requests.get();
    }

    int mostUnderWay() {
        return mostUnderWay.get();
    }

    int openConnections() {
        return open.size();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                open.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                // Closed.
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            Request request = read(in);
            while (request != null && answer(request, socket)) {
                request = read(in);
            }
        } catch (IOException | InterruptedException e) {
            // The client is gone.
        } finally {
            open.remove(socket);
        }
    }

    private boolean answer(Request request, Socket socket)
            throws IOException, InterruptedException {
        requests.incrementAndGet();
        mostUnderWay.accumulateAndGet(underWay.incrementAndGet(), Math::max);
        Reply reply;
        try {
            reply = behaviour.apply(request);
            Thread.sleep(reply.delayMillis);
        } finally {
            underWay.decrementAndGet();
        }
        OutputStream out = socket.getOutputStream();
        out.write((reply.head + reply.body).getBytes(StandardCharsets.UTF_8));
        out.flush();
        while (reply.endless) {
            out.write("x".repeat(100).getBytes(StandardCharsets.UTF_8));
            out.flush();
            Thread.sleep(1);
        }
        if (reply.reset) {
            socket.setSoLinger(true, 0);
            return false;
        }
        return true;
    }

    private static @Nullable Request read(InputStream in) throws IOException {
        String first = line(in);
        if (first == null) {
            return null;
        }
        Map<String, String> headers = new TreeMap<>();
        String line = line(in);
        while (line != null && !line.isEmpty()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
            line = line(in);
        }
        byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        return new Request(path(first), headers, new String(body, StandardCharsets.UTF_8));
    }

    private static String path(String first) {
        int from = first.indexOf(' ') + 1;
        return first.substring(from, first.indexOf(' ', from));
    }

    private static @Nullable String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int one = in.read();
        while (one != '\n') {
            if (one < 0) {
                return null;
            }
            line.write(one);
            one = in.read();
        }
        return line.toString(StandardCharsets.UTF_8).stripTrailing();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
