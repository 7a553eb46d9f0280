package dev.baton.server.load;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// JSON messages of one size with ids that count up. Not thread-safe.
public final class MadeUpMessages implements Messages {

    private static final String TAIL = "\"}";

    private final String prefix;
    private final long count;
    private final int bytes;
    private long next;

    /// @param prefix of each id, followed by `-` and the number from 0
    /// @param count how many, [Long#MAX_VALUE] for no end
    /// @param bytes of each message; a message is never smaller than its id needs
    public MadeUpMessages(String prefix, long count, int bytes) {
        this.prefix = prefix;
        this.count = count;
        this.bytes = bytes;
    }

    /// The least size that all of them can have.
    ///
    /// @param count how many
    public static int leastBytes(String prefix, long count) {
        return (head(prefix, Math.max(0, count - 1)) + TAIL)
                .getBytes(StandardCharsets.UTF_8)
                .length;
    }

    private static String head(String prefix, long number) {
        return "{\"message_id\":\"" + prefix + "-" + number + "\",\"data\":\"";
    }

    @Override
    public byte @Nullable [] next() {
        if (ended()) {
            return null;
        }
        String head = head(prefix, next++);
        int padding = Math.max(0, bytes - head.length() - TAIL.length());
        return (head + "x".repeat(padding) + TAIL).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public boolean ended() {
        return next >= count;
    }
}
