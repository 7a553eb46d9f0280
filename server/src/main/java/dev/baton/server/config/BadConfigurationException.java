package dev.baton.server.config;

/// A configuration that must not start. The message says what is wrong, where, and what to do.
public final class BadConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// @param message what people are to read
    public BadConfigurationException(String message) {
        super(message);
    }

    /// @param message what people are to read
    /// @param cause why
    public BadConfigurationException(String message, Throwable cause) {
        super(message, cause);
    }
}
