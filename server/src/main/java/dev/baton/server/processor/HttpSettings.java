package dev.baton.server.processor;

import dev.baton.server.config.BadConfigurationException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A service that messages are posted to.
///
/// @param url where; see [#url]
/// @param headers sent with each request, beyond Baton's own; see [HttpHeader#read]
/// @param ca PEM file with the certificates that may sign the service's, or null for those Java trusts
/// @param timeout how long one request may take in all, from its wait for a connection to the end of the answer
/// @param connectTimeout how long a connection may take to be made
/// @param connections how many requests may be under way at once, at least 1
/// @param maxResponseBytes the longest answer that is read
/// @param emit what an answer of success makes of a message
/// @param batch how many messages go into one request, 1 to [#MAX_BATCH]
/// @param linger how long a request waits for more messages
/// @param maxDelay the longest wait that the service can ask for with `Retry-After`, up to [dev.baton.Outcome#MAX_DELAY]
public record HttpSettings(
        URI url,
        List<HttpHeader> headers,
        @Nullable Path ca,
        Duration timeout,
        Duration connectTimeout,
        int connections,
        int maxResponseBytes,
        Emit emit,
        int batch,
        Duration linger,
        Duration maxDelay) {

    /// Most messages in one request: their positions stand in one header, which servers take up to 8 KiB.
    public static final int MAX_BATCH = 100;

    /// What an answer of success makes of a message.
    public enum Emit {
        /// An entry with the answer's body as payload; no body drops the message.
        response,
        /// The message as it came; the body is not looked at.
        message
    }

    public HttpSettings {
        headers = List.copyOf(headers);
        if (ca != null && !"https".equalsIgnoreCase(url.getScheme())) {
            throw new BadConfigurationException("--http-ca is for https:// addresses");
        }
        if (batch < 1 || batch > MAX_BATCH) {
            throw new BadConfigurationException(
                    "--http-batch " + batch + ": give 1 to " + MAX_BATCH);
        }
    }

    /// Reads an address.
    ///
    /// @param text `http://…` or `https://…`, without user and password
    /// @throws BadConfigurationException if it is anything else; the message does not repeat it
    public static URI url(String text) {
        URI url;
        try {
            url = new URI(text);
        } catch (URISyntaxException e) {
            throw new BadConfigurationException(
                    "--http-url is no address: " + e.getReason() + " at character " + e.getIndex());
        }
        if (!"http".equalsIgnoreCase(url.getScheme())
                && !"https".equalsIgnoreCase(url.getScheme())) {
            throw new BadConfigurationException("--http-url begins with http:// or https://");
        }
        if (url.getRawUserInfo() != null || text.contains("@")) {
            throw new BadConfigurationException(
                    "--http-url holds a user or a password; put an Authorization header into a file and name it with --http-header-file");
        }
        if (url.getHost() == null) {
            throw new BadConfigurationException("--http-url names no host");
        }
        if (url.getRawFragment() != null) {
            throw new BadConfigurationException(
                    "--http-url has a part behind #, which is never sent");
        }
        return url;
    }
}
