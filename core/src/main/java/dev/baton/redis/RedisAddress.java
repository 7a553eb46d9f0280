package dev.baton.redis;

import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslVerifyMode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Where Redis is and how to log in: one server, `redis://user:secret@host:6379/0` or `rediss://…`, or some nodes of a
/// cluster from which the others are found, `redis-cluster://user:secret@host:6379,other:6379` or `rediss-cluster://…`,
/// or sentinels that know which server is primary, `redis-sentinel://user:secret@host:26379,other:26379/0#name` or
/// `rediss-sentinel://…`. User, password and database are those of the servers with the data.
///
/// @param uris the client's own form, one a server named; they hold the password, so they are never printed
/// @param cluster whether they are nodes of a cluster for sure; one server may still turn out to be such a node
/// @param watched the name by which sentinels know the servers with the data; then `uris` are the sentinels; or null
/// @param tls what a `rediss://` connection trusts and shows
/// @param login files with user and password in place of those in the address, or null
public record RedisAddress(
        List<RedisURI> uris,
        boolean cluster,
        @Nullable String watched,
        Tls tls,
        @Nullable LoginFiles login) {

    /// The server a developer has at hand.
    public static final String DEFAULT = "redis://127.0.0.1:6379";

    private static final String CLUSTER_MARK = "-cluster://";
    private static final String SENTINEL_MARK = "-sentinel://";

    public RedisAddress {
        uris = List.copyOf(uris);
        if (uris.isEmpty() || (!cluster && watched == null && uris.size() > 1)) {
            throw new IllegalArgumentException(
                    "an address names one server, nodes of a cluster, or sentinels");
        }
    }

    /// @throws IllegalArgumentException if the text is no Redis URI; the message does not repeat it, for it may hold a
    ///     password
    public static RedisAddress parse(String text) {
        try {
            if (has(text, CLUSTER_MARK)) {
                return parseCluster(text);
            }
            return has(text, SENTINEL_MARK)
                    ? parseSentinel(text)
                    : new RedisAddress(List.of(server(text)), false, null, Tls.DEFAULT, null);
        } catch (AdviceException e) {
            throw e;
        } catch (IllegalArgumentException | NullPointerException e) {
            throw new IllegalArgumentException(
                    "not a Redis address; expected redis://[user:password@]host[:port][/database], "
                            + "redis-cluster://[user:password@]host[:port],host[:port]… or "
                            + "redis-sentinel://[user:password@]host[:port],host[:port]…[/database]#name",
                    e);
        }
    }

    private static boolean has(String text, String mark) {
        return text.startsWith("redis" + mark) || text.startsWith("rediss" + mark);
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
        return new RedisAddress(uris, true, null, Tls.DEFAULT, null);
    }

    private static RedisAddress parseSentinel(String text) {
        RedisURI parsed = verified(RedisURI.create(text));
        String name = parsed.getSentinelMasterId();
        if (name == null || name.isBlank()) {
            throw new AdviceException(
                    "sentinels have to be asked for a primary by its name; give it at the end, "
                            + "redis-sentinel://host:26379,host:26379#name");
        }
        String hosts = text.substring(text.indexOf(SENTINEL_MARK) + SENTINEL_MARK.length());
        hosts = hosts.substring(hosts.lastIndexOf('@') + 1).split("[/?#]", 2)[0];
        List<RedisURI> sentinels = new ArrayList<>();
        for (RedisURI one : parsed.getSentinels()) {
            RedisURI uri =
                    RedisURI.builder()
                            .withHost(one.getHost())
                            .withPort(one.getPort())
                            .withSsl(parsed.isSsl())
                            .withDatabase(parsed.getDatabase())
                            .build();
            uri.setCredentialsProvider(parsed.getCredentialsProvider());
            sentinels.add(uri);
        }
        if (sentinels.size() != hosts.split(",", -1).length) {
            throw new IllegalArgumentException("an empty host");
        }
        return new RedisAddress(sentinels, false, name, Tls.DEFAULT, null);
    }

    private static RedisURI server(String text) {
        RedisURI parsed = RedisURI.create(text);
        String host = parsed.getHost();
        if (host == null) {
            throw new IllegalArgumentException("socket addresses are not supported");
        }
        verified(parsed);
        if (host.indexOf(':') >= 0 && host.indexOf(':') == host.lastIndexOf(':')) {
            throw new IllegalArgumentException("a port is a number");
        }
        return parsed;
    }

    private static RedisURI verified(RedisURI parsed) {
        if (parsed.isStartTls() || parsed.getVerifyMode() != SslVerifyMode.FULL) {
            throw new AdviceException(
                    "TLS is rediss://, and the server's certificate is always verified; leave verifyPeer and starttls out");
        }
        return parsed;
    }

    /// The first server named.
    public RedisURI uri() {
        return uris.getFirst();
    }

    /// Says better what is wrong than how an address looks.
    private static final class AdviceException extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        AdviceException(String advice) {
            super(advice);
        }
    }

    /// The same server, reached with these certificates.
    public RedisAddress with(Tls other) {
        return new RedisAddress(uris, cluster, watched, other, login);
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
        return new RedisAddress(uris, cluster, watched, tls, files);
    }

    private boolean hasPassword() {
        RedisCredentials given = uri().getCredentialsProvider().resolveCredentials().block();
        return given != null && given.hasPassword();
    }

    /// Hosts, ports, database and name; never the credentials.
    @Override
    public String toString() {
        String database = uri().getDatabase() == 0 ? "" : "/" + uri().getDatabase();
        return (uri().isSsl() ? "rediss" : "redis")
                + (cluster ? CLUSTER_MARK : watched != null ? SENTINEL_MARK : "://")
                + uris.stream()
                        .map(uri -> uri.getHost() + ":" + uri.getPort())
                        .collect(Collectors.joining(","))
                + database
                + (watched == null ? "" : "#" + watched);
    }
}
