package dev.baton.server.cli;

import dev.baton.duty.RefusedException;
import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisUnreachableException;
import dev.baton.redis.UnfitStoreException;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import java.io.IOException;
import java.util.concurrent.CompletionException;

/// What a command that failed on a server means to the person who started it.
final class RedisTrouble {

    private RedisTrouble() {}

    /// @param address the server it was sent to
    /// @param failure as the client gives it
    /// @return what to throw in its place; the message names the server
    static RuntimeException of(RedisAddress address, Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof RefusedException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        String why = Visible.text(String.valueOf(cause.getMessage()));
        return switch (cause) {
            case RedisCommandExecutionException refused ->
                    refused(address, why.split(" ", 2)[0], why, refused);
            case RedisException lost -> lost(address, why, lost);
            case IOException lost -> lost(address, why, lost);
            case RuntimeException other -> other;
            default -> new IllegalStateException(address + ": " + why, cause);
        };
    }

    private static RuntimeException lost(RedisAddress address, String why, Throwable cause) {
        return new RedisUnreachableException(
                "lost Redis at " + address + ": " + inWords(why), cause);
    }

    private static RuntimeException refused(
            RedisAddress address, String kind, String why, RedisCommandExecutionException cause) {
        String advice =
                switch (kind) {
                    case "TRYAGAIN", "ASK", "MOVED" ->
                            "moves this stream's slot to another node; try again when it has arrived ("
                                    + why
                                    + ")";
                    case "CLUSTERDOWN" ->
                            "is incomplete, look at CLUSTER INFO and CLUSTER NODES: " + why;
                    case "WRONGTYPE" ->
                            "holds something else under a name of ours; choose another --stream";
                    case "NOPERM" -> "does not let this user do it: " + why;
                    default -> "";
                };
        return advice.isEmpty()
                ? new IllegalStateException(address + " refused: " + why, cause)
                : new UnfitStoreException(address + " " + advice);
    }

    private static String inWords(String why) {
        return why.startsWith("Currently not connected") ? "the connection was lost" : why;
    }
}
