package dev.baton;

import java.util.Map;

/// Makes processors of one kind, so that a program that runs workers can be given them in a jar: the jar names its factories in
/// `META-INF/services/dev.baton.ProcessorFactory`. A factory has a public constructor without parameters; one thread at a
/// time calls it.
public interface ProcessorFactory {

    /// What people call it by, such as `enrich`: 1 to 64 small letters, digits and dashes, beginning with a letter.
    String name();

    /// What it does, for a list of processors, in a few words.
    default String description() {
        return "";
    }

    /// Makes a processor for one worker. If it is [AutoCloseable], it is closed when its worker has ended.
    ///
    /// @param settings what people gave as `key=value`; a key that means nothing should be an error
    /// @throws IllegalArgumentException if a setting is wrong; the message tells people what to change
    /// @throws Exception if it cannot be made for another reason
    MessageProcessor create(Map<String, String> settings) throws Exception;
}
