package dev.baton.duty;

/// A role stops for a reason that people can act on. The message says what happened and what to do.
public final class RoleStoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// @param message what people are to read
    public RoleStoppedException(String message) {
        super(message);
    }
}
