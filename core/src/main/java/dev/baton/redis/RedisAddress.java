package dev.baton.redis;

import io.lettuce.core.RedisURI;

/// Where a Redis server is and how to log in, from a URI such as `redis://user:secret@host:6379/0` or `rediss://…`.
///
/// @param uri the client's own form; holds the password, so it is never printed
public record RedisAddress(RedisURI uri) {

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
            return new RedisAddress(parsed);
        } catch (IllegalArgumentException | NullPointerException e) {
            throw new IllegalArgumentException(
                    "not a Redis address; expected redis://[user:password@]host[:port][/database]",
                    e);
        }
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
