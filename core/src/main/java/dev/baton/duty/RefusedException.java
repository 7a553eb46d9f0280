package dev.baton.duty;

import org.jspecify.annotations.Nullable;

/// The server is there and answered a call with an error: it had no effect, and may be refused again.
public final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final @Nullable NotYet notYet;

    /// @param cause the client's own failure; its message is the server's
    public RefusedException(Throwable cause) {
        super(cause.getMessage(), cause);
        this.notYet = NotYet.of(cause.getMessage());
    }

    /// Why it passes by itself, or null if somebody has to do something.
    public @Nullable NotYet notYet() {
        return notYet;
    }
}
