package dev.baton.worker;

import dev.baton.redis.RedisAddress;
import dev.baton.slice.SliceKeys;
import java.time.Duration;

/// How a worker works.
///
/// @param store where the slice lives
/// @param id the worker's name; a second worker of the same name takes its lane over
/// @param stream the output stream
/// @param slices how many slices it has, as its dispatchers are told
/// @param idField the top-level JSON field that holds a message's id
/// @param concurrency how many messages of all slices are processed at once, 1 to [#MAX_CONCURRENCY]
/// @param capacity the share it asks for, for weighted strategies, at least 1
/// @param maxPayloadBytes a larger message becomes a dead letter
/// @param beat how often it shows that it is alive; the leader's worker timeout is at least three of them
/// @param processTimeout how long one message may take before its processor counts as hung, one beat to
///     [#MAX_PROCESS_TIMEOUT]
/// @param retries how often and when a message is tried again
/// @param expiry what becomes of messages that waited too long
public record WorkerSettings(
        RedisAddress store,
        String id,
        String stream,
        int slices,
        String idField,
        int concurrency,
        int capacity,
        int maxPayloadBytes,
        Duration beat,
        Duration processTimeout,
        RetryPolicy retries,
        Expiry expiry) {

    /// Most messages processed at once: as many as a worker may hold.
    public static final int MAX_CONCURRENCY = 1_000;

    /// Longest process timeout.
    public static final Duration MAX_PROCESS_TIMEOUT = Duration.ofDays(1);

    private static final int MAX_ID_CHARS = 200;

    /// @throws IllegalArgumentException if a value is out of its range
    public WorkerSettings {
        require(
                !id.isEmpty() && id.length() <= MAX_ID_CHARS,
                "id has 1 to " + MAX_ID_CHARS + " characters");
        require(id.indexOf('{') < 0 && id.indexOf('}') < 0, "id has no braces");
        require(
                slices >= 1 && slices <= SliceKeys.MAX_SLICES,
                "slices are 1 to " + SliceKeys.MAX_SLICES);
        require(!idField.isEmpty(), "id field is not empty");
        require(
                concurrency >= 1 && concurrency <= MAX_CONCURRENCY,
                "concurrency is 1 to " + MAX_CONCURRENCY);
        require(capacity >= 1, "capacity is at least 1");
        require(maxPayloadBytes >= 1, "max payload bytes is at least 1");
        require(!beat.isZero() && !beat.isNegative(), "beat is longer than 0");
        require(
                processTimeout.compareTo(beat) >= 0
                        && processTimeout.compareTo(MAX_PROCESS_TIMEOUT) <= 0,
                "process timeout is one beat to " + MAX_PROCESS_TIMEOUT.toHours() + " hours");
    }

    /// The documented defaults.
    public static WorkerSettings defaults(String id, RedisAddress store) {
        return new WorkerSettings(
                store,
                id,
                "messages:processed",
                1,
                "message_id",
                1,
                1,
                1 << 20,
                Duration.ofMillis(500),
                Duration.ofSeconds(30),
                RetryPolicy.USUAL,
                Expiry.NEVER);
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }
}
