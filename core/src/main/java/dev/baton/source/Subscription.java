package dev.baton.source;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// One incarnation of listening: from a confirmed subscription to the first doubt about it. Read by one thread.
public interface Subscription extends AutoCloseable {

    /// Takes the next thing heard, or null if there is none now. After [Heard.Ended] there is nothing more.
    @Nullable Heard poll();

    /// Publishes on the control channel, to the very server that is listened to. Works until [#close]. A server that
    /// refuses it ends the incarnation; a connection that breaks does not, for the ears have another.
    ///
    /// @return completes with the number of subscribers it reached, this one among them if it still listens; fails when it
    ///     is not known whether it was published
    CompletableFuture<Long> announce(byte[] payload);

    /// Names the server that is listened to: another process of it, or another server, has another name.
    long node();

    /// Ends the incarnation; what was heard before can still be read.
    void finish();

    /// Ends the incarnation and closes its connections.
    @Override
    void close();
}
