package dev.baton.redis;

import java.io.EOFException;
import java.net.SocketException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// A server was reached, but no trust was established: one side's certificate was not accepted. The message says what to do.
public final class TlsRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private TlsRefusedException(RedisAddress address, String why, Throwable cause) {
        super("no TLS with " + address + ": " + why, cause);
    }

    /// What a failure to connect means, or null if TLS has nothing to do with it.
    static @Nullable TlsRefusedException of(RedisAddress address, Throwable failure) {
        if (!address.uri().isSsl()) {
            return null;
        }
        boolean ofTls = false;
        Throwable root = failure;
        for (Throwable one = failure; one != null; one = one.getCause()) {
            ofTls |= one instanceof SSLException || one instanceof CertificateException;
            root = one;
        }
        return ofTls ? new TlsRefusedException(address, why(root), failure) : null;
    }

    private static String why(Throwable root) {
        String message = String.valueOf(root.getMessage());
        String lower = message.toLowerCase(Locale.ROOT);
        if (root instanceof CertificateExpiredException) {
            return "the server's certificate has expired (" + message + ")";
        }
        if (root instanceof CertificateNotYetValidException) {
            return "the server's certificate is not valid yet (" + message + ")";
        }
        if (lower.contains("no subject alternative") || lower.contains("no name matching")) {
            return "the server's certificate is for another host ("
                    + message
                    + "); use a name that stands in it";
        }
        if (lower.contains("certification path") || lower.contains("trust anchor")) {
            return "the server's certificate is not signed by an authority that is trusted; give the authority's certificate";
        }
        if (lower.contains("fatal alert")
                || root instanceof SocketException
                || root instanceof EOFException) {
            return "the server refused (" + message + "); it may ask for a client certificate";
        }
        return message;
    }
}
