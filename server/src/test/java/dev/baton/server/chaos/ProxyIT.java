package dev.baton.server.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The proxy between a client and a server that echoes.
class ProxyIT {

    private static final int PATIENCE_MILLIS = 5_000;
    private static final int SILENCE_MILLIS = 300;

    private ServerSocket echo;
    private Proxy proxy;

    @BeforeEach
    void start() throws IOException {
        echo = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::serve);
        proxy = Proxy.to("127.0.0.1", echo.getLocalPort());
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        echo.close();
    }

    private void serve() {
        while (!echo.isClosed()) {
            try {
                Socket one = echo.accept();
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try (one) {
                                        one.getInputStream().transferTo(one.getOutputStream());
                                    } catch (IOException e) {
                                        // The client is gone.
                                    }
                                });
            } catch (IOException e) {
                // The test is over.
            }
        }
    }

    private Socket client() throws IOException {
        Socket client = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        client.setSoTimeout(PATIENCE_MILLIS);
        return client;
    }

    private static void say(Socket client, String text) throws IOException {
        client.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String hear(Socket client, int bytes) throws IOException {
        return new String(client.getInputStream().readNBytes(bytes), StandardCharsets.US_ASCII);
    }

    @Test
    void bytesPassBothWays() throws IOException {
        try (Socket client = client()) {
            say(client, "hello");

            assertThat(hear(client, 5)).isEqualTo("hello");
        }
    }

    @Test
    void aSwallowedReplyCutsItsConnectionAndNoOther() throws IOException {
        try (Socket victim = client();
                Socket other = client()) {
            say(other, "before");
            assertThat(hear(other, 6)).isEqualTo("before");
            proxy.swallowNextReply();
            say(victim, "lost");

            assertThat(hear(victim, 4)).isEmpty();
            assertThat(proxy.swallowedBytes()).isEqualTo(4);
            say(other, "after");
            assertThat(hear(other, 5)).isEqualTo("after");
        }
    }

    @Test
    void repliesPassUntilTheirNumberIsUsedUp() throws IOException {
        try (Socket client = client()) {
            proxy.swallowRepliesAfter(4);
            say(client, "pass");
            assertThat(hear(client, 4)).isEqualTo("pass");
            say(client, "lost");

            assertThat(hear(client, 4)).isEmpty();
        }
    }

    @Test
    void aStoppedDirectionIsSilentAndLosesNothing() throws IOException {
        for (Proxy.Direction direction : Proxy.Direction.values()) {
            try (Socket client = client()) {
                proxy.stop(direction);
                client.setSoTimeout(SILENCE_MILLIS);
                say(client, "held");
                assertThatThrownBy(() -> hear(client, 4))
                        .isInstanceOf(SocketTimeoutException.class);

                client.setSoTimeout(PATIENCE_MILLIS);
                proxy.resume(direction);

                assertThat(hear(client, 4)).isEqualTo("held");
            }
        }
    }

    @Test
    void aDelayHoldsBytesBack() throws IOException {
        try (Socket client = client()) {
            proxy.delay(SILENCE_MILLIS);
            long began = System.nanoTime();
            say(client, "late");

            assertThat(hear(client, 4)).isEqualTo("late");
            assertThat((System.nanoTime() - began) / 1_000_000)
                    .isGreaterThanOrEqualTo(2L * SILENCE_MILLIS);
        }
    }

    @Test
    void aServerThatIsGoneEndsTheConnection() throws IOException {
        echo.close();
        try (Socket client = client()) {
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
    }
}
