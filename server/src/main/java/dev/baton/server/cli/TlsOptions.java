package dev.baton.server.cli;

import dev.baton.redis.Tls;
import dev.baton.server.config.BadConfigurationException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What `rediss://` connections trust and show.
final class TlsOptions {

    @Option(
            names = "--tls-ca",
            paramLabel = "FILE",
            description =
                    "PEM file with the authorities that may sign a rediss:// server's certificate (default: those of Java)")
    @Nullable Path ca;

    @Option(
            names = "--tls-cert",
            paramLabel = "FILE",
            description = "PEM file with a client certificate and its chain, with --tls-key")
    @Nullable Path certificate;

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            description = "PEM file with its private key, PKCS#8 and not encrypted")
    @Nullable Path key;

    boolean given() {
        return ca != null || certificate != null || key != null;
    }

    /// @throws BadConfigurationException if a file cannot be used
    Tls tls() {
        if ((certificate == null) != (key == null)) {
            throw new BadConfigurationException("--tls-cert and --tls-key go together; give both");
        }
        Tls tls = new Tls(ca, certificate, key);
        try {
            tls.check();
        } catch (IllegalArgumentException e) {
            throw new BadConfigurationException("--tls-ca, --tls-cert: " + e.getMessage(), e);
        }
        return tls;
    }
}
