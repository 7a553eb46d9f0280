package dev.baton.server.chaos;

/// A fault cannot be done on this system; the message says what it lacks.
public final class FaultUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    FaultUnavailableException(Fault fault, String why) {
        super(fault + " is not available here: " + why);
    }
}
