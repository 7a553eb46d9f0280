package dev.baton.server.cli;

import dev.baton.slice.Transport;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// How entries get to workers.
final class TransportOptions {

    @Option(
            names = "--transport",
            paramLabel = "WHICH",
            defaultValue = "lists",
            converter = Converter.class,
            description =
                    "how entries get to workers: lists (the leader shares them out) or group (a consumer group: workers take them); the same for every role of a stream, for good (default: ${DEFAULT-VALUE})")
    Transport transport = Transport.LISTS;

    /// Reads the word as people write it.
    static final class Converter implements ITypeConverter<Transport> {
        @Override
        public Transport convert(String text) {
            for (Transport one : Transport.values()) {
                if (one.text().equals(text)) {
                    return one;
                }
            }
            throw new TypeConversionException("'" + text + "' is neither lists nor group");
        }
    }
}
