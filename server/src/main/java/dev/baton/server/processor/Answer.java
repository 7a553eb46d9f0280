package dev.baton.server.processor;

import org.jspecify.annotations.Nullable;

/// What came of a request.
sealed interface Answer {

    /// The service answered.
    ///
    /// @param status the three digits of HTTP
    /// @param retryAfter the header `Retry-After` as it came, or null without
    /// @param body the bytes of the answer, as far as they were read
    /// @param tooLong whether the body was cut off at the bound
    record Given(int status, @Nullable String retryAfter, byte[] body, boolean tooLong)
            implements Answer {

        boolean isSuccess() {
            return status >= 200 && status < 300;
        }
    }

    /// It did not, or not to the end.
    ///
    /// @param error for people
    record Missing(String error) implements Answer {}
}
