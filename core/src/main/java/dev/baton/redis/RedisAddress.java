package dev.baton.redis;

import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslVerifyMode;
import org.jspecify.annotations.Nullable;

/// Where a Redis server is and how to log in, from a URI such as `redis://user:secret@host:6379/0` or `rediss://…`.
///
/// @param uri the client's own form; holds the password, so it is never printed
/// @param tls what a `rediss://` connection trusts and shows
/// @param login files with user and password in place of those in the address, or null
public record RedisAddress(RedisURI uri, Tls tls, @Nullable LoginFiles login) {

    /// The server a developer has at hand.
    public static final String DEFAULT = "redis://127.0.0.1:6379";

    /// @throws IllegalArgumentException if the text is no Redis URI; the message does not repeat it, for it may hold a
    ///     password
    public static RedisAddress parse(String text) {
        try {
            RedisURI parsed = RedisURI.create(text);
            if (parsed.getHost() == null) {
                throw new IllegalArgumentException(
                        "Sentinel and socket addresses are not supported yet");
            }
            return verified(new RedisAddress(parsed, Tls.DEFAULT, null));
        } catch (UnverifiedException e) {
            throw e;
        } catch (IllegalArgumentException | NullPointerException e) {
            throw new IllegalArgumentException(
                    "not a Redis address; expected redis://[user:password@]host[:port][/database]",
                    e);
        }
    }

    private static RedisAddress verified(RedisAddress address) {
        RedisURI uri = address.uri();
        if (uri.isStartTls() || uri.getVerifyMode() != SslVerifyMode.FULL) {
            throw new UnverifiedException();
        }
        return address;
    }

    private static final class UnverifiedException extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        UnverifiedException() {
            super(
                    "TLS is rediss://, and the server's certificate is always verified; leave verifyPeer and starttls out");
        }
    }

    /// The same server, reached with these certificates.
    public RedisAddress with(Tls other) {
        return new RedisAddress(uri, other, login);
    }

    /// The same server, with the login that is in these files.
    ///
    /// @throws IllegalArgumentException if the address holds a password of its own
    public RedisAddress with(LoginFiles files) {
        if (hasPassword()) {
            throw new IllegalArgumentException(
                    "the address of "
                            + this
                            + " holds a password, and a file does too; give one of them");
        }
        return new RedisAddress(uri, tls, files);
    }

    private boolean hasPassword() {
        RedisCredentials given = uri.getCredentialsProvider().resolveCredentials().block();
        return given != null && given.hasPassword();
    }

    /// Host, port and database; never the credentials.
    @Override
    public String toString() {
        String database = uri.getDatabase() == 0 ? "" : "/" + uri.getDatabase();
        return (uri.isSsl() ? "rediss://" : "redis://")
                + uri.getHost()
                + ":"
                + uri.getPort()
                + database;
    }
}
