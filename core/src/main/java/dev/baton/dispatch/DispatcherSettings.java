package dev.baton.dispatch;

import dev.baton.redis.RedisAddress;
import dev.baton.slice.Slice;
import dev.baton.slice.SliceKeys;
import dev.baton.slice.Transport;
import dev.baton.source.ControlKeys;
import dev.baton.source.Listening;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

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
/// @param maxBacklogEntries at so many entries in one slice's lanes, waiting or to be tried again, the leader holds what it hears
///     in its buffer, so that the store's memory has a bound; passed by a few batches; 0 for no bound
/// @param maxBacklogBytes the same by the memory that they take; 0 for no bound
/// @param maxMemoryPercent the same by the memory that the slice's server uses of its `maxmemory`, if it has one, 0 for no bound
///     to 100: below 100 workers can still commit, and so make room, when nothing more is dispatched
/// @param strategy makes the lane choice of each slice
/// @param maxDeadLetters so many dead letters a slice keeps while this dispatcher leads it; the oldest go, and are counted. A
///     million is days of work for people and, at a kilobyte each, a gigabyte of the store; 0 for no bound
/// @param transport how entries get to workers; the same for all dispatchers and workers of a stream
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
        long maxBacklogEntries,
        long maxBacklogBytes,
        int maxMemoryPercent,
        Supplier<LaneChoice> strategy,
        long maxDeadLetters,
        Transport transport) {

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
        require(maxBacklogEntries >= 0 && maxBacklogBytes >= 0, "backlog is not negative");
        require(maxMemoryPercent >= 0 && maxMemoryPercent <= 100, "memory percent is 0 to 100");
        require(maxDeadLetters >= 0, "most dead letters is not negative");
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
        return new Builder(id, redis).build();
    }

    /// The documented defaults, to be changed.
    public static Builder builder(String id, RedisAddress redis) {
        return new Builder(id, redis);
    }

    /// These, to be changed.
    public Builder toBuilder() {
        return new Builder(this);
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }

    /// Settings in the making, begun with the documented defaults; what each means is said at the record. Not thread-safe.
    public static final class Builder {
        private RedisAddress source;
        private RedisAddress store;
        private String id;
        private Listening listening = new Listening.Channels(List.of("messages:published"));
        private String stream = "messages:processed";
        private int slices = 1;
        private Duration lease = Duration.ofSeconds(2);
        private Duration beat = Duration.ofMillis(500);
        private Duration workerTimeout = Duration.ofSeconds(5);
        private int maxBatchEntries = 500;
        private int maxBatchBytes = 1 << 20;
        private Duration linger = Duration.ofMillis(1);
        private long maxRetainedBytes = 128L << 20;
        private Overflow overflow = Overflow.SHED_NEWEST;
        private Duration retention = Duration.ofSeconds(5);
        private int confirmReplicas = 0;
        private Duration markInterval = Duration.ofMillis(200);
        private ControlKeys controlKeys = ControlKeys.NONE;
        private long maxBacklogEntries = 1_000_000;
        private long maxBacklogBytes;
        private int maxMemoryPercent = 90;
        private Supplier<LaneChoice> strategy = LaneChoice::roundRobin;
        private long maxDeadLetters = 1_000_000;
        private Transport transport = Transport.LISTS;

        private Builder(String id, RedisAddress redis) {
            this.source = redis;
            this.store = redis;
            this.id = id;
        }

        private Builder(DispatcherSettings settings) {
            this.source = settings.source;
            this.store = settings.store;
            this.id = settings.id;
            this.listening = settings.listening;
            this.stream = settings.stream;
            this.slices = settings.slices;
            this.lease = settings.lease;
            this.beat = settings.beat;
            this.workerTimeout = settings.workerTimeout;
            this.maxBatchEntries = settings.maxBatchEntries;
            this.maxBatchBytes = settings.maxBatchBytes;
            this.linger = settings.linger;
            this.maxRetainedBytes = settings.maxRetainedBytes;
            this.overflow = settings.overflow;
            this.retention = settings.retention;
            this.confirmReplicas = settings.confirmReplicas;
            this.markInterval = settings.markInterval;
            this.controlKeys = settings.controlKeys;
            this.maxBacklogEntries = settings.maxBacklogEntries;
            this.maxBacklogBytes = settings.maxBacklogBytes;
            this.maxMemoryPercent = settings.maxMemoryPercent;
            this.strategy = settings.strategy;
            this.maxDeadLetters = settings.maxDeadLetters;
            this.transport = settings.transport;
        }

        public Builder source(RedisAddress value) {
            source = value;
            return this;
        }

        public Builder store(RedisAddress value) {
            store = value;
            return this;
        }

        public Builder id(String value) {
            id = value;
            return this;
        }

        public Builder listening(Listening value) {
            listening = value;
            return this;
        }

        public Builder stream(String value) {
            stream = value;
            return this;
        }

        public Builder slices(int value) {
            slices = value;
            return this;
        }

        public Builder lease(Duration value) {
            lease = value;
            return this;
        }

        public Builder beat(Duration value) {
            beat = value;
            return this;
        }

        public Builder workerTimeout(Duration value) {
            workerTimeout = value;
            return this;
        }

        public Builder maxBatchEntries(int value) {
            maxBatchEntries = value;
            return this;
        }

        public Builder maxBatchBytes(int value) {
            maxBatchBytes = value;
            return this;
        }

        public Builder linger(Duration value) {
            linger = value;
            return this;
        }

        public Builder maxRetainedBytes(long value) {
            maxRetainedBytes = value;
            return this;
        }

        public Builder overflow(Overflow value) {
            overflow = value;
            return this;
        }

        public Builder retention(Duration value) {
            retention = value;
            return this;
        }

        public Builder confirmReplicas(int value) {
            confirmReplicas = value;
            return this;
        }

        public Builder markInterval(Duration value) {
            markInterval = value;
            return this;
        }

        public Builder controlKeys(ControlKeys value) {
            controlKeys = value;
            return this;
        }

        public Builder maxBacklogEntries(long value) {
            maxBacklogEntries = value;
            return this;
        }

        public Builder maxBacklogBytes(long value) {
            maxBacklogBytes = value;
            return this;
        }

        public Builder maxMemoryPercent(int value) {
            maxMemoryPercent = value;
            return this;
        }

        public Builder strategy(Supplier<LaneChoice> value) {
            strategy = value;
            return this;
        }

        public Builder maxDeadLetters(long value) {
            maxDeadLetters = value;
            return this;
        }

        public Builder transport(Transport value) {
            transport = value;
            return this;
        }

        /// @throws IllegalArgumentException if a value is out of its range
        public DispatcherSettings build() {
            return new DispatcherSettings(
                    source,
                    store,
                    id,
                    listening,
                    stream,
                    slices,
                    lease,
                    beat,
                    workerTimeout,
                    maxBatchEntries,
                    maxBatchBytes,
                    linger,
                    maxRetainedBytes,
                    overflow,
                    retention,
                    confirmReplicas,
                    markInterval,
                    controlKeys,
                    maxBacklogEntries,
                    maxBacklogBytes,
                    maxMemoryPercent,
                    strategy,
                    maxDeadLetters,
                    transport);
        }
    }
}
