package dev.baton.simulation;

/// A promise that was broken.
final class Violation extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /// The promises, by the letters under which the documents name them.
    enum Promise {
        /// Nothing is lost without being declared.
        LOSSLESS,
        /// Each position is there once.
        DISTINCT,
        /// A fenced write has no effect.
        FENCED,
        /// Watermark and heads never go back.
        MONOTONE,
        /// The books balance.
        BALANCED,
        /// After the faults everything is soon done.
        RECOVERS,
        /// No role meets a state that it does not foresee.
        UNFAILING
    }

    private final Promise promise;

    Violation(Promise promise, String what) {
        super(promise + ": " + what);
        this.promise = promise;
    }

    Violation(Promise promise, String what, Throwable cause) {
        super(promise + ": " + what, cause);
        this.promise = promise;
    }

    Promise promise() {
        return promise;
    }
}
