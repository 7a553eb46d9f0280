package dev.baton.server.processor;

import dev.baton.Message;
import dev.baton.Position;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/// Messages for tests.
final class Posts {

    private Posts() {}

    static Message message(String id, String payload, int attempt) {
        return new Message(
                id,
                payload.getBytes(StandardCharsets.UTF_8),
                new Position(1, 2, 3),
                null,
                attempt,
                Instant.EPOCH);
    }
}
