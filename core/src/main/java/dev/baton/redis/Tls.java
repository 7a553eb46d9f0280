package dev.baton.redis;

import io.lettuce.core.SslOptions;
import io.netty.handler.ssl.SslContextBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// What a `rediss://` connection trusts and shows. Server certificates are always checked, and so is that they name the
/// host of the address. The files are read for every connection that is opened, so a certificate that was renewed is
/// used from the next one on.
///
/// @param ca PEM file with the certificates that may sign the server's, or null for those Java trusts
/// @param certificate PEM file with our own certificate and its chain, for servers that ask for one, or null
/// @param key PEM file with its private key, PKCS#8 and not encrypted, or null
public record Tls(@Nullable Path ca, @Nullable Path certificate, @Nullable Path key) {

    /// Trusts what Java trusts and shows nothing.
    public static final Tls DEFAULT = new Tls(null, null, null);

    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    /// @throws IllegalArgumentException if one of certificate and key is given without the other
    public Tls {
        if ((certificate == null) != (key == null)) {
            throw new IllegalArgumentException("a client certificate and its key go together");
        }
    }

    /// Reads the files once, so that what is wrong with them is said before anything is connected.
    ///
    /// @throws IllegalArgumentException if one cannot be used; the message says which and why
    public void check() {
        readable(ca);
        readable(certificate);
        readable(key);
        try {
            SslContextBuilder builder = SslContextBuilder.forClient();
            if (ca != null) {
                builder.trustManager(ca.toFile());
            }
            if (certificate != null && key != null) {
                builder.keyManager(certificate.toFile(), key.toFile());
            }
            var _ = builder.build();
        } catch (IllegalArgumentException | SSLException e) {
            throw new IllegalArgumentException(
                    e.getMessage() + "; certificates are PEM, keys PEM in PKCS#8, not encrypted",
                    e);
        }
    }

    private static void readable(@Nullable Path file) {
        if (file != null && !Files.isReadable(file)) {
            throw new IllegalArgumentException(
                    "cannot read " + file + "; check its name and permissions");
        }
    }

    /// In the client's own form.
    SslOptions options() {
        SslOptions.Builder options = SslOptions.builder().jdkSslProvider().protocols(PROTOCOLS);
        if (ca != null) {
            options.trustManager(ca.toFile());
        }
        if (certificate != null && key != null) {
            options.keyManager(certificate.toFile(), key.toFile(), new char[0]);
        }
        return options.build();
    }
}
