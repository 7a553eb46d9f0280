package dev.baton.redis;

import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslVerifyMode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Where Redis is and how to log in: one server, `redis://user:secret@host:6379/0` or `rediss://…`, or some nodes of a
/// cluster from which the others are found, `redis-cluster://user:secret@host:6379,other:6379` or `rediss-cluster://…`.
///
/// @param uris the client's own form, one a server named; they hold the password, so they are never printed
/// @param cluster whether they are nodes of a cluster for sure; one server may still turn out to be such a node
/// @param tls what a `rediss://` connection trusts and shows
/// @param login files with user and password in place of those in the address, or null
public record RedisAddress(
        List<RedisURI> uris, boolean cluster, Tls tls, @Nullable LoginFiles login) {

    /// The server a developer has at hand.
    public static final String DEFAULT = "redis://127.0.0.1:6379";

    private static final String CLUSTER_MARK = "-cluster://";

    public RedisAddress {
        uris = List.copyOf(uris);
        if (uris.isEmpty() || (!cluster && uris.size() > 1)) {
            throw new IllegalArgumentException(
                    "an address names one server, or nodes of a cluster");
        }
    }

    /// @throws IllegalArgumentException if the text is no Redis URI; the message does not repeat it, for it may hold a
    ///     password
    public static RedisAddress parse(String text) {
        boolean cluster =
                text.startsWith("redis" + CLUSTER_MARK) || text.startsWith("rediss" + CLUSTER_MARK);
        try {
            return cluster
                    ? parseCluster(text)
                    : new RedisAddress(List.of(server(text)), false, Tls.DEFAULT, null);
        } catch (UnverifiedException e) {
            throw e;
        } catch (IllegalArgumentException | NullPointerException e) {
            throw new IllegalArgumentException(
                    "not a Redis address; expected redis://[user:password@]host[:port][/database] or "
                            + "redis-cluster://[user:password@]host[:port],host[:port]…",
                    e);
        }
    }

    private static RedisAddress parseCluster(String text) {
        int scheme = text.indexOf(CLUSTER_MARK);
        String rest = text.substring(scheme + CLUSTER_MARK.length());
        int login = rest.lastIndexOf('@') + 1;
        String start = text.substring(0, scheme) + "://" + rest.substring(0, login);
        List<RedisURI> uris = new ArrayList<>();
        for (String host : rest.substring(login).split(",", -1)) {
            RedisURI uri = server(start + host);
            if (host.isBlank() || uri.getDatabase() != 0) {
                throw new IllegalArgumentException("a cluster has no databases");
            }
            uris.add(uri);
        }
        return new RedisAddress(uris, true, Tls.DEFAULT, null);
    }

    private static RedisURI server(String text) {
        RedisURI parsed = RedisURI.create(text);
        String host = parsed.getHost();
        if (host == null) {
            throw new IllegalArgumentException(
                    "Sentinel and socket addresses are not supported yet");
        }
        if (parsed.isStartTls() || parsed.getVerifyMode() != SslVerifyMode.FULL) {
            throw new UnverifiedException();
        }
        if (host.indexOf(':') >= 0 && host.indexOf(':') == host.lastIndexOf(':')) {
            throw new IllegalArgumentException("a port is a number");
        }
        return parsed;
    }

    /// The first server named.
    public RedisURI uri() {
        return uris.getFirst();
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
        return new RedisAddress(uris, cluster, other, login);
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
        return new RedisAddress(uris, cluster, tls, files);
    }

    private boolean hasPassword() {
        RedisCredentials given = uri().getCredentialsProvider().resolveCredentials().block();
        return given != null && given.hasPassword();
    }

    /// Hosts, ports and database; never the credentials.
    @Override
    public String toString() {
        String database = uri().getDatabase() == 0 ? "" : "/" + uri().getDatabase();
        return (uri().isSsl() ? "rediss" : "redis")
                + (cluster ? CLUSTER_MARK : "://")
                + uris.stream()
                        .map(uri -> uri.getHost() + ":" + uri.getPort())
                        .collect(Collectors.joining(","))
                + database;
    }
}
