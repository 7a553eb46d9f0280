package dev.baton.duty;

/// The server is there and answered a call with an error: it had no effect, and may be refused again.
public final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// @param cause the client's own failure; its message is the server's
    public RefusedException(Throwable cause) {
        super(cause.getMessage(), cause);
    }
}
