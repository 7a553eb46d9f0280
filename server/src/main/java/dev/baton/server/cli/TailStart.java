package dev.baton.server.cli;

import dev.baton.server.config.BadConfigurationException;
import dev.baton.slice.SliceTail;
import java.time.Duration;
import picocli.CommandLine.TypeConversionException;

/// Where `tail` begins.
sealed interface TailStart {

    /// @return the id behind which to read
    EntryId in(SliceTail tail);

    /// @param text `start`, `end`, an id, or an age such as `-5m`
    /// @throws BadConfigurationException if it is none of these
    static TailStart of(String text) {
        if (text.equals("start")) {
            return new Behind(EntryId.START);
        }
        if (text.equals("end")) {
            return new End();
        }
        try {
            if (text.startsWith("-")) {
                return new Age(new DurationConverter().convert(text.substring(1)));
            }
            return new Behind(EntryId.parse(text).before());
        } catch (TypeConversionException | IllegalArgumentException e) {
            throw new BadConfigurationException(
                    "--from "
                            + text
                            + ": give start, end, an id such as 1764000000000-0, or an age such as -5m",
                    e);
        }
    }

    /// What stands behind an id.
    record Behind(EntryId id) implements TailStart {
        @Override
        public EntryId in(SliceTail tail) {
            return id;
        }
    }

    /// What comes from now on.
    record End() implements TailStart {
        @Override
        public EntryId in(SliceTail tail) {
            return EntryId.parse(tail.newest());
        }
    }

    /// What is not older, by the store's clock.
    record Age(Duration age) implements TailStart {
        @Override
        public EntryId in(SliceTail tail) {
            return new EntryId(Math.max(0, tail.storeMillis() - age.toMillis()), 0).before();
        }
    }
}
