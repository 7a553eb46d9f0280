package dev.baton.redis;

/// Which server sentinels call primary.
///
/// @param host as they announce it
/// @param port as they announce it
/// @param epoch of the fail-over that made it primary; greater than those of the ones before
record Primary(String host, int port, long epoch) {

    boolean isAt(Primary other) {
        return port == other.port && host.equals(other.host);
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
