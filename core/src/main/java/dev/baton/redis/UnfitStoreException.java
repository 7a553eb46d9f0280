package dev.baton.redis;

/// A server answered but may not hold a slice as it is set up. The message says why and what to do.
public final class UnfitStoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// @param message what people are to read
    public UnfitStoreException(String message) {
        super(message);
    }
}
