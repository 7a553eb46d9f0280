package dev.baton.server.load;

import org.jspecify.annotations.Nullable;

/// Where messages to publish come from. Asked by one thread.
public interface Messages {

    /// The next one, or null if there is none now; never waits.
    byte @Nullable [] next();

    /// Whether there will be no more.
    boolean ended();
}
