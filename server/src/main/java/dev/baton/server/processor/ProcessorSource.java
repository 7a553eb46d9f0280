package dev.baton.server.processor;

import dev.baton.MessageProcessor;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes a processor for each worker of this program, all of one kind, and closes them. Thread-safe.
public final class ProcessorSource implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ProcessorSource.class);

    /// Names that no plugin may have, in the order in which people read them.
    public static final List<String> BUILT_IN = List.of("pass", "jsonata", "http");

    private final Supplier<MessageProcessor> maker;
    private final List<AutoCloseable> toClose = new CopyOnWriteArrayList<>();

    private ProcessorSource(Supplier<MessageProcessor> maker) {
        this.maker = maker;
    }

    /// Whether it is one of Baton's own.
    public static boolean isBuiltIn(String name) {
        return BUILT_IN.contains(name);
    }

    /// What one of [#BUILT_IN] does.
    static String does(String name) {
        return switch (name) {
            case "pass" -> "passes every message on unchanged";
            case "jsonata" -> "evaluates an expression over the payload";
            case "http" -> "posts the payload to a service, which says what becomes of it";
            default -> throw new IllegalArgumentException(name);
        };
    }

    /// Processors that pass messages on.
    public static ProcessorSource passOn() {
        return new ProcessorSource(MessageProcessor::passOn);
    }

    /// Processors that evaluate an expression.
    ///
    /// @throws dev.baton.server.config.BadConfigurationException if it cannot be compiled; the message says where it is wrong
    public static ProcessorSource jsonata(JsonataSettings settings) {
        Expression.check(settings);
        return new ProcessorSource(() -> new JsonataProcessor(settings));
    }

    /// Processors that ask a service.
    ///
    /// @throws dev.baton.server.config.BadConfigurationException if the file with certificates cannot be used
    public static ProcessorSource http(HttpSettings settings) {
        if (settings.ca() != null) {
            var _ = Trust.in(settings.ca());
        }
        return new ProcessorSource(() -> HttpProcessor.of(settings));
    }

    /// Processors that a plugin makes.
    ///
    /// @param plugins closed with this
    /// @param name which one
    /// @param settings what it is told
    /// @throws dev.baton.server.config.BadConfigurationException if there is none of this name
    public static ProcessorSource plugin(
            Plugins plugins, String name, Map<String, String> settings) {
        var _ = plugins.factory(name);
        ProcessorSource source = new ProcessorSource(() -> plugins.create(name, settings));
        source.toClose.add(plugins);
        return source;
    }

    /// Makes another one.
    ///
    /// @throws dev.baton.server.config.BadConfigurationException if a plugin refuses
    public MessageProcessor create() {
        MessageProcessor made = maker.get();
        if (made instanceof AutoCloseable closeable) {
            toClose.addFirst(closeable);
        }
        return made;
    }

    /// Closes what was made; call it when the workers have ended.
    @Override
    public void close() {
        for (AutoCloseable one : toClose) {
            try {
                one.close();
            } catch (Exception e) {
                log.warn("closing a processor failed: {}", e.toString());
            }
        }
    }
}
