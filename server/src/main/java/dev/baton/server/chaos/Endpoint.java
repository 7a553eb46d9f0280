package dev.baton.server.chaos;

/// Where a role finds a server.
///
/// @param uri all of it, as a role is told
/// @param scheme `redis` or `rediss`; empty, like all that follows, where several servers are named
/// @param login user and password as in a URI, with the at sign, or empty
/// @param host the server's
/// @param port the server's
/// @param rest database and what follows, or empty
record Endpoint(String uri, String scheme, String login, String host, int port, String rest) {

    static Endpoint of(String scheme, String login, String host, int port, String rest) {
        String uri = scheme + "://" + login + host + ":" + port + rest;
        return new Endpoint(uri, scheme, login, host, port, rest);
    }

    /// The same server, reached through a proxy.
    Endpoint through(Proxy proxy) {
        return of(scheme, login, "127.0.0.1", proxy.port(), rest);
    }
}
