package dev.baton.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.testing.Certificates;
import dev.baton.testing.RedisProcess;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Real servers that speak TLS, with certificates made for this test. The good one is for `localhost`.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TlsIT {

    @TempDir static Path folder = Path.of("");

    private final List<RedisProcess> servers = new ArrayList<>();
    private Certificates certificates;
    private Certificates.Pair client;
    private int open;
    private int asking;
    private int expired;
    private int plain;

    @BeforeAll
    void startServers() throws Exception {
        certificates = new Certificates(folder);
        Certificates.Pair good = certificates.signed("localhost", "-ext", "san=dns:localhost");
        Certificates.Pair old =
                certificates.signed(
                        "old", "-ext", "san=dns:localhost", "-startdate", "-9d", "-validity", "2");
        client = certificates.signed("client");
        open = server(good, "no");
        asking = server(good, "yes");
        expired = server(old, "no");
        plain = servers.getFirst().port();
    }

    @AfterAll
    void stopServers() {
        servers.forEach(RedisProcess::close);
    }

    @Test
    void aServerOfATrustedAuthorityIsTalkedTo() {
        assertThat(ping(at("localhost", open, trusting()))).isEqualTo("PONG");
    }

    @Test
    void everyKindOfConnectionIsEncrypted() {
        try (RedisConnector connector = new RedisConnector(at("localhost", open, trusting()));
                StatefulRedisPubSubConnection<byte[], byte[]> ears =
                        connector.connectForSubscription(
                                ByteArrayCodec.INSTANCE, connector.serverOf(bytes("c")));
                StatefulRedisConnection<byte[], byte[]> mouth =
                        connector.connectOnce(connector.serverOf(bytes("c")))) {
            byte[] channel = "c".getBytes(StandardCharsets.UTF_8);
            ears.sync().subscribe(channel);

            assertThat(mouth.sync().publish(channel, channel)).isEqualTo(1);
        }
    }

    @Test
    void anUnknownAuthorityIsRefused() {
        assertThatThrownBy(() -> ping(at("localhost", open, Tls.DEFAULT)))
                .isInstanceOf(TlsRefusedException.class)
                .hasMessageContaining("rediss://localhost:" + open)
                .hasMessageContaining("not signed by an authority that is trusted");
    }

    @Test
    void aCertificateForAnotherHostIsRefused() {
        assertThatThrownBy(() -> ping(at("127.0.0.1", open, trusting())))
                .isInstanceOf(TlsRefusedException.class)
                .hasMessageContaining("is for another host");
    }

    @Test
    void anExpiredCertificateIsRefused() {
        assertThatThrownBy(() -> ping(at("localhost", expired, trusting())))
                .isInstanceOf(TlsRefusedException.class)
                .hasMessageContaining("has expired");
    }

    @Test
    void aServerThatDoesNotSpeakTlsIsSuspected() {
        assertThatThrownBy(() -> ping(at("localhost", plain, trusting())))
                .isInstanceOf(RedisUnreachableException.class)
                .hasMessageContaining("does it speak TLS");
    }

    @Test
    void aServerThatAsksForACertificateGetsOurs() {
        assertThat(ping(at("localhost", asking, showing(client)))).isEqualTo("PONG");
    }

    @Test
    void aServerThatAsksForACertificateRefusesNoneAndAStrangers() throws Exception {
        Certificates.Pair stranger = certificates.stranger("stranger");

        for (Tls tls : List.of(trusting(), showing(stranger))) {
            assertThatThrownBy(() -> ping(at("localhost", asking, tls)))
                    .isInstanceOf(TlsRefusedException.class)
                    .hasMessageContaining("client certificate");
        }
    }

    @Test
    void aRenewedCertificateIsShownByTheNextConnection() throws Exception {
        Path certificate = folder.resolve("shown.pem");
        Path key = folder.resolve("shown-key.pem");
        Certificates.Pair first = certificates.stranger("before");
        copy(first, certificate, key);
        Tls tls = new Tls(certificates.authority(), certificate, key);
        try (RedisConnector connector = new RedisConnector(at("localhost", asking, tls))) {
            assertThatThrownBy(connector::connect).isInstanceOf(TlsRefusedException.class);

            copy(client, certificate, key);

            try (StatefulRedisConnection<byte[], byte[]> connection = connector.connect()) {
                assertThat(connection.sync().ping()).isEqualTo("PONG");
            }
        }
    }

    @Test
    void aFileThatIsMissingOrNoCertificateIsSaidBeforeAnythingIsConnected() throws Exception {
        Path text = Files.writeString(folder.resolve("text.pem"), "hello\n");
        Path missing = folder.resolve("missing.pem");

        assertThatThrownBy(() -> new Tls(missing, null, null).check())
                .hasMessageContaining("cannot read " + missing);
        assertThatThrownBy(() -> new Tls(text, null, null).check())
                .hasMessageContaining(text.toString())
                .hasMessageContaining("PEM");
        assertThatThrownBy(() -> new Tls(null, client.certificate(), text).check())
                .hasMessageContaining(text.toString())
                .hasMessageContaining("PKCS#8");
        assertThatThrownBy(() -> new Tls(null, client.certificate(), null))
                .hasMessageContaining("go together");
        new Tls(certificates.authority(), client.certificate(), client.key()).check();
    }

    private Tls trusting() {
        return new Tls(certificates.authority(), null, null);
    }

    private Tls showing(Certificates.Pair pair) {
        return new Tls(certificates.authority(), pair.certificate(), pair.key());
    }

    private static void copy(Certificates.Pair pair, Path certificate, Path key)
            throws IOException {
        Files.copy(pair.certificate(), certificate, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(pair.key(), key, StandardCopyOption.REPLACE_EXISTING);
    }

    private static RedisAddress at(String host, int port, Tls tls) {
        return RedisAddress.parse("rediss://" + host + ":" + port).with(tls);
    }

    private static String ping(RedisAddress address) {
        try (RedisConnector connector = new RedisConnector(address);
                StatefulRedisConnection<byte[], byte[]> connection = connector.connect()) {
            return connection.sync().ping();
        }
    }

    /// @return its TLS port
    private int server(Certificates.Pair pair, String asksClients) throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        servers.add(
                RedisProcess.start(
                        "--tls-port",
                        Integer.toString(port),
                        "--tls-cert-file",
                        pair.certificate().toString(),
                        "--tls-key-file",
                        pair.key().toString(),
                        "--tls-ca-cert-file",
                        certificates.authority().toString(),
                        "--tls-auth-clients",
                        asksClients));
        return port;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
