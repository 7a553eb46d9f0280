package dev.baton.server.processor;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Reads the header `Retry-After`: seconds, or a date.
///
/// @param clock what a date is compared with
/// @param longest no wait is longer
record RetryAfter(InstantSource clock, Duration longest) {

    private static final DateTimeFormatter DATE =
            DateTimeFormatter.RFC_1123_DATE_TIME.withLocale(Locale.ROOT);

    /// More digits than anybody means.
    private static final int MAX_DIGITS = 9;

    /// @return null for the usual wait: nothing is said, or it cannot be read, or the time has come already
    @Nullable Duration read(@Nullable String header) {
        if (header == null) {
            return null;
        }
        Duration wait = wait(header.strip());
        if (wait == null || wait.isNegative() || wait.isZero()) {
            return null;
        }
        return wait.compareTo(longest) > 0 ? longest : wait;
    }

    private @Nullable Duration wait(String text) {
        if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return text.length() > MAX_DIGITS ? longest : Duration.ofSeconds(Long.parseLong(text));
        }
        try {
            Instant when = ZonedDateTime.parse(text, DATE).toInstant();
            return Duration.between(clock.instant(), when);
        } catch (DateTimeException e) {
            return null;
        }
    }
}
