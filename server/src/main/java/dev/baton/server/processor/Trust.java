package dev.baton.server.processor;

import dev.baton.server.config.BadConfigurationException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Trust in the certificates of a file, and in no others.
final class Trust {

    private Trust() {}

    /// @throws BadConfigurationException if the file cannot be used
    static SSLContext in(Path ca) {
        try (InputStream in = Files.newInputStream(ca)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (Certificate one :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("ca-" + store.size(), one);
            }
            if (store.size() == 0) {
                throw new BadConfigurationException(
                        "--http-ca: there is no certificate in " + ca + "; it is to be PEM");
            }
            TrustManagerFactory managers =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (IOException e) {
            throw new BadConfigurationException("--http-ca: cannot read " + ca, e);
        } catch (GeneralSecurityException e) {
            throw new BadConfigurationException(
                    "--http-ca: " + ca + " holds no certificates in PEM: " + e.getMessage(), e);
        }
    }
}
