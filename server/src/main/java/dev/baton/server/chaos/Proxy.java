package dev.baton.server.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Stands between one role and its server on loopback and forwards bytes, until it is told to do worse.
///
/// One virtual thread a direction. What it holds is bounded by one buffer a direction: a direction that is stopped is
/// not read, so the sender fills the kernel's buffers and then waits, as with a cable that was pulled. Thread-safe.
final class Proxy implements AutoCloseable {

    private static final int BUFFER_BYTES = 1 << 16;
    private static final int CONNECT_TIMEOUT_MILLIS = 2_000;

    /// Which way bytes go.
    enum Direction {
        /// From the role to its server.
        REQUESTS,
        /// From the server to the role.
        REPLIES
    }

    /// Sees what was forwarded, on the threads that forward.
    interface Watcher {
        /// @param bytes what passed; the array is used again afterwards
        /// @param length how much of it
        void passed(Direction direction, byte[] bytes, int length);
    }

    private static final Watcher NOBODY = (direction, bytes, length) -> {};

    private record Pair(Socket role, Socket server) {
        void cut() {
            closeQuietly(role);
            closeQuietly(server);
        }
    }

    private final InetSocketAddress target;
    private final ServerSocket listening;
    private final Set<Pair> pairs = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean requestsStopped;
    private boolean repliesStopped;
    private boolean closed;
    private volatile long delayMillis;
    private volatile Watcher watcher = NOBODY;
    private final AtomicLong repliesUntilCut = new AtomicLong(Long.MAX_VALUE);
    private final AtomicLong swallowed = new AtomicLong();

    private Proxy(InetSocketAddress target, ServerSocket listening) {
        this.target = target;
        this.listening = listening;
    }

    /// Listens on a free port of loopback.
    ///
    /// @param host the server's
    /// @param port the server's
    static Proxy to(String host, int port) {
        try {
            ServerSocket listening = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
            Proxy proxy = new Proxy(new InetSocketAddress(host, port), listening);
            var _ = Thread.ofVirtual().name("baton-proxy-accept").start(proxy::accept);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot listen on loopback: " + e.getMessage(), e);
        }
    }

    /// The port to connect to in place of the server's.
    int port() {
        return listening.getLocalPort();
    }

    /// How many bytes of replies never arrived because of [#swallowNextReply].
    long swallowedBytes() {
        return swallowed.get();
    }

    /// The next bytes from the server do not reach the role: they are dropped, and their connection is cut.
    void swallowNextReply() {
        swallowRepliesAfter(0);
    }

    /// Lets so many more bytes of replies pass, over all connections, drops what comes next and cuts that connection.
    ///
    /// @param bytes from 0
    void swallowRepliesAfter(long bytes) {
        repliesUntilCut.set(bytes);
    }

    /// Forwards nothing more in a direction; connections stay open.
    void stop(Direction direction) {
        set(direction, true);
    }

    /// Forwards again, first what had been held back.
    void resume(Direction direction) {
        set(direction, false);
    }

    /// Holds each piece back before it is forwarded.
    ///
    /// @param millis 0 for not at all
    void delay(long millis) {
        delayMillis = millis;
    }

    /// From now on this one sees what is forwarded.
    void watch(Watcher one) {
        watcher = one;
    }

    /// Nobody watches any more.
    void unwatch() {
        watcher = NOBODY;
    }

    /// Ends every connection that is open now; new ones are taken.
    void cut() {
        pairs.forEach(Pair::cut);
    }

    private void set(Direction direction, boolean stopped) {
        lock.lock();
        try {
            if (direction == Direction.REQUESTS) {
                requestsStopped = stopped;
            } else {
                repliesStopped = stopped;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket role = listening.accept();
                var _ = Thread.ofVirtual().name("baton-proxy-connect").start(() -> connect(role));
            } catch (IOException e) {
                // Closed, or a connection that broke before it was taken: the loop's condition
                // tells.
            }
        }
    }

    private void connect(Socket role) {
        Socket server = new Socket();
        try {
            server.connect(target, CONNECT_TIMEOUT_MILLIS);
            server.setTcpNoDelay(true);
            role.setTcpNoDelay(true);
        } catch (IOException e) {
            closeQuietly(role);
            closeQuietly(server);
            return;
        }
        Pair pair = new Pair(role, server);
        pairs.add(pair);
        var _ =
                Thread.ofVirtual()
                        .name("baton-proxy-requests")
                        .start(() -> forward(pair, role, server, Direction.REQUESTS));
        var _ =
                Thread.ofVirtual()
                        .name("baton-proxy-replies")
                        .start(() -> forward(pair, server, role, Direction.REPLIES));
        if (listening.isClosed()) {
            pair.cut();
        }
    }

    private void forward(Pair pair, Socket from, Socket to, Direction direction) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            int read;
            while ((read = in.read(buffer)) >= 0) {
                awaitPassage(direction);
                if (delayMillis > 0) {
                    Thread.sleep(delayMillis);
                }
                if (direction == Direction.REPLIES && swallows(read)) {
                    swallowed.addAndGet(read);
                    return;
                }
                watcher.passed(direction, buffer, read);
                out.write(buffer, 0, read);
            }
        } catch (IOException e) {
            // Either end is gone; the other follows.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            pair.cut();
            pairs.remove(pair);
        }
    }

    private boolean swallows(int read) {
        if (repliesUntilCut.get() == Long.MAX_VALUE) {
            return false;
        }
        if (repliesUntilCut.addAndGet(-read) < 0) {
            repliesUntilCut.set(Long.MAX_VALUE);
            return true;
        }
        return false;
    }

    private void awaitPassage(Direction direction) throws InterruptedException, IOException {
        lock.lock();
        try {
            while (!closed
                    && (direction == Direction.REQUESTS ? requestsStopped : repliesStopped)) {
                changed.await();
            }
            if (closed) {
                throw new IOException("the proxy was closed");
            }
        } finally {
            lock.unlock();
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone all the same.
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            listening.close();
        } catch (IOException e) {
            // It is gone all the same.
        }
        cut();
    }
}
