package dev.baton.dispatch;

import dev.baton.redis.RedisAddress;
import dev.baton.slice.Slice;
import dev.baton.slice.SliceKeys;
import dev.baton.source.ControlKeys;
import dev.baton.source.Listening;
import java.time.Duration;
import java.util.List;

/// How a dispatcher works.
///
/// @param source where publishers publish
/// @param store where the slice lives; may be the same server
/// @param id for people; unique among dispatchers
/// @param listening what to listen to
/// @param stream the output stream, whose name all keys carry; with several slices each has one of its own, see [SliceKeys]
/// @param slices how many slices the work is shared out to, 1 to [SliceKeys#MAX_SLICES]; the same for all dispatchers and
///     workers of a stream
/// @param lease how long a leader may stand still before another may claim; at least three beats
/// @param beat how often a leader shows that it is alive, and how often a standby and a leader look around
/// @param workerTimeout how long a worker may stand still before its entries go to others; at least three beats
/// @param maxBatchEntries most messages in one dispatch, 1 to [Slice#MAX_ENTRIES]; 500 is where larger ones stop paying
/// @param maxBatchBytes most bytes in one dispatch, passed by a single larger message
/// @param linger longest wait for a batch to fill, and only while messages come fast enough to fill it; 0 for none
/// @param maxRetainedBytes memory for messages that are not safe in the store yet; beyond it some are shed and declared
/// @param overflow which ones are shed
/// @param retention how long a message is kept though the store has it: longer than the store may lose of its tail; 5 s
///     outlives `appendfsync everysec`
/// @param confirmReplicas how many replicas of the store must have a message before it counts as safe, 0 to
///     [#MAX_CONFIRM_REPLICAS]; with 0 the store's own word is enough
/// @param markInterval how often the leader publishes a mark; a dispatcher is in sync after about three
/// @param controlKeys what dispatchers sign their control messages with; the same for all of a stream
/// @param maxBacklogEntries at so many entries in one slice's lanes and waiting the leader holds what it hears in its buffer, so
///     that the store's memory has a bound; passed by a few batches; 0 for no bound
public record DispatcherSettings(
        RedisAddress source,
        RedisAddress store,
        String id,
        Listening listening,
        String stream,
        int slices,
        Duration lease,
        Duration beat,
        Duration workerTimeout,
        int maxBatchEntries,
        int maxBatchBytes,
        Duration linger,
        long maxRetainedBytes,
        Overflow overflow,
        Duration retention,
        int confirmReplicas,
        Duration markInterval,
        ControlKeys controlKeys,
        long maxBacklogEntries) {

    /// More would wait for the slowest of many.
    public static final int MAX_CONFIRM_REPLICAS = 5;

    private static final Duration MIN_MARK_INTERVAL = Duration.ofMillis(10);
    private static final int BEATS_PER_TIMEOUT = 3;

    /// The control channel of a stream's dispatchers. Nobody else may publish on it.
    public static String controlChannel(String stream) {
        return "baton:control:" + stream;
    }

    /// @throws IllegalArgumentException if a value is out of its range
    public DispatcherSettings {
        require(
                slices >= 1 && slices <= SliceKeys.MAX_SLICES,
                "slices are 1 to " + SliceKeys.MAX_SLICES);
        require(!beat.isZero() && !beat.isNegative(), "beat is longer than 0");
        require(
                lease.compareTo(beat.multipliedBy(BEATS_PER_TIMEOUT)) >= 0,
                "lease is at least three beats");
        require(
                workerTimeout.compareTo(beat.multipliedBy(BEATS_PER_TIMEOUT)) >= 0,
                "worker timeout is at least three beats");
        require(
                maxBatchEntries >= 1 && maxBatchEntries <= Slice.MAX_ENTRIES,
                "batch is 1 to " + Slice.MAX_ENTRIES + " entries");
        require(maxBatchBytes >= 1, "batch bytes are at least 1");
        require(!linger.isNegative(), "linger is not negative");
        require(
                maxRetainedBytes >= Retained.CHUNK_BYTES,
                "buffer is at least " + Retained.CHUNK_BYTES + " bytes");
        require(
                confirmReplicas >= 0 && confirmReplicas <= MAX_CONFIRM_REPLICAS,
                "replicas to confirm are 0 to " + MAX_CONFIRM_REPLICAS);
        require(maxBacklogEntries >= 0, "backlog is not negative");
        require(!retention.isNegative(), "retention is not negative");
        require(
                markInterval.compareTo(MIN_MARK_INTERVAL) >= 0 && markInterval.compareTo(beat) <= 0,
                "mark interval is 10 ms to one beat");
        require(
                !(listening instanceof Listening.Channels exact
                        && exact.channels().contains(controlChannel(stream))),
                "the control channel is not listened to for messages");
    }

    /// The name of one slice's stream, for people.
    String streamOf(int slice) {
        return SliceKeys.of(stream, slices).get(slice).stream();
    }

    /// The documented defaults.
    public static DispatcherSettings defaults(String id, RedisAddress redis) {
        return new DispatcherSettings(
                redis,
                redis,
                id,
                new Listening.Channels(List.of("messages:published")),
                "messages:processed",
                1,
                Duration.ofSeconds(2),
                Duration.ofMillis(500),
                Duration.ofSeconds(5),
                500,
                1 << 20,
                Duration.ofMillis(1),
                128L << 20,
                Overflow.SHED_NEWEST,
                Duration.ofSeconds(5),
                0,
                Duration.ofMillis(200),
                ControlKeys.NONE,
                1_000_000);
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }
}
