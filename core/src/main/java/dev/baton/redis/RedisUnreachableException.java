package dev.baton.redis;

/// A server did not answer at start. The message says which and why, without secrets.
public final class RedisUnreachableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// @param message what people are to read
    /// @param cause the client's own failure
    public RedisUnreachableException(String message, Throwable cause) {
        super(message, cause);
    }
}
