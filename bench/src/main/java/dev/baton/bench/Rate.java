package dev.baton.bench;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// How many messages a second are published, as it is asked for.
sealed interface Rate {

    /// As many as come through.
    record FlatOut() implements Rate {}

    /// So many.
    ///
    /// @param perSecond from 1
    record Fixed(long perSecond) implements Rate {}

    /// Half of what the reference takes flat out.
    record HalfOfReference() implements Rate {}

    /// Reads a word of the command line: a number, 0 for flat out, or `half`.
    final class Converter implements ITypeConverter<Rate> {
        @Override
        public Rate convert(String word) {
            if (word.equalsIgnoreCase("half")) {
                return new HalfOfReference();
            }
            try {
                long perSecond = Long.parseLong(word);
                if (perSecond >= 0) {
                    return perSecond == 0 ? new FlatOut() : new Fixed(perSecond);
                }
            } catch (NumberFormatException notOne) {
                // Said below, like a negative one.
            }
            throw new TypeConversionException(
                    "'" + word + "' is no rate: give messages a second, 0 or half");
        }
    }
}
