package dev.baton.worker;

/// A payload that cannot be processed. Carries no stack trace: it is an everyday outcome, not a fault of ours.
final class UnreadableMessageException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    /// @param reason one word for people and filters
    /// @param error what was wrong, without the payload
    UnreadableMessageException(String reason, String error) {
        super(error, null, false, false);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }

    String error() {
        String message = getMessage();
        return message == null ? "" : message;
    }
}
