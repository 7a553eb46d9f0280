package dev.baton.server.processor;

/// A message cannot be transformed, now or later. The message never holds anything of the payload.
final class TransformFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    TransformFailedException(String message) {
        super(message, null, false, false);
    }
}
