package dev.baton.server.cli;

import dev.baton.server.config.BadConfigurationException;

/// The numbers an option takes.
///
/// @param option its name
/// @param least inclusive
/// @param most inclusive
record Bounds(String option, long least, long most) {

    /// @throws BadConfigurationException if the number is not among them
    void check(long number) {
        if (number < least || number > most) {
            throw new BadConfigurationException(
                    option
                            + " "
                            + number
                            + ": give "
                            + least
                            + (most == Long.MAX_VALUE ? " or more" : " to " + most));
        }
    }

    /// No fewer than this many.
    static Bounds atLeast(String option, long least) {
        return new Bounds(option, least, Long.MAX_VALUE);
    }
}
