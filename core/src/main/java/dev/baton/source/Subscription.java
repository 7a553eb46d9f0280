package dev.baton.source;

import org.jspecify.annotations.Nullable;

/// One incarnation of listening: from a confirmed subscription to the first doubt about it. Read by one thread.
public interface Subscription extends AutoCloseable {

    /// Takes the next thing heard, or null if there is none now. After [Heard.Ended] there is nothing more.
    @Nullable Heard poll();

    /// Ends the incarnation; what was heard before can still be read.
    @Override
    void close();
}
