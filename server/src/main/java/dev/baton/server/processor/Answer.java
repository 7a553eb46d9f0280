package dev.baton.server.processor;

import org.jspecify.annotations.Nullable;

/// What came of a request.
sealed interface Answer {

    /// The service answered.
    ///
    /// @param status of HTTP
    /// @param retryAfter that header, or null without
    /// @param body what is wanted of it
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
