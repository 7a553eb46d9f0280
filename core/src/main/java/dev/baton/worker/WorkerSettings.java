package dev.baton.worker;

import dev.baton.redis.RedisAddress;
import dev.baton.slice.SliceKeys;
import dev.baton.slice.Transport;
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
/// @param form how a message is written down in the stream
/// @param transport how entries get to workers, as its dispatchers are told
/// @param maxStreamEntries how many entries the output stream of a slice keeps, about; older ones go though nobody may have read them,
///     counted; 0 for any number
/// @param maxStreamAge how old they may be, by the store's clock, up to [#MAX_STREAM_AGE]; 0 for any age
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
        Expiry expiry,
        StreamForm form,
        Transport transport,
        long maxStreamEntries,
        Duration maxStreamAge) {

    /// Most messages processed at once: as many as a worker may hold.
    public static final int MAX_CONCURRENCY = 1_000;

    /// Longest process timeout.
    public static final Duration MAX_PROCESS_TIMEOUT = Duration.ofDays(1);

    /// Longest age of what the output stream keeps.
    public static final Duration MAX_STREAM_AGE = Duration.ofDays(3_650);

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
        require(maxStreamEntries >= 0, "entries of the stream are not negative");
        require(
                !maxStreamAge.isNegative() && maxStreamAge.compareTo(MAX_STREAM_AGE) <= 0,
                "age of the stream is 0 to " + MAX_STREAM_AGE.toDays() + " days");
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
        return new Builder(id, store).build();
    }

    /// The documented defaults, to be changed.
    public static Builder builder(String id, RedisAddress store) {
        return new Builder(id, store);
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
        private RedisAddress store;
        private String id;
        private String stream = "messages:processed";
        private int slices = 1;
        private String idField = "message_id";
        private int concurrency = 1;
        private int capacity = 1;
        private int maxPayloadBytes = 1 << 20;
        private Duration beat = Duration.ofMillis(500);
        private Duration processTimeout = Duration.ofSeconds(30);
        private RetryPolicy retries = RetryPolicy.USUAL;
        private Expiry expiry = Expiry.NEVER;
        private StreamForm form = StreamForm.USUAL;
        private long maxStreamEntries;
        private Duration maxStreamAge = Duration.ZERO;
        private Transport transport = Transport.LISTS;

        private Builder(String id, RedisAddress store) {
            this.store = store;
            this.id = id;
        }

        private Builder(WorkerSettings settings) {
            this.store = settings.store;
            this.id = settings.id;
            this.stream = settings.stream;
            this.slices = settings.slices;
            this.idField = settings.idField;
            this.concurrency = settings.concurrency;
            this.capacity = settings.capacity;
            this.maxPayloadBytes = settings.maxPayloadBytes;
            this.beat = settings.beat;
            this.processTimeout = settings.processTimeout;
            this.retries = settings.retries;
            this.expiry = settings.expiry;
            this.form = settings.form;
            this.maxStreamEntries = settings.maxStreamEntries;
            this.maxStreamAge = settings.maxStreamAge;
            this.transport = settings.transport;
        }

        public Builder store(RedisAddress value) {
            store = value;
            return this;
        }

        public Builder id(String value) {
            id = value;
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

        public Builder idField(String value) {
            idField = value;
            return this;
        }

        public Builder concurrency(int value) {
            concurrency = value;
            return this;
        }

        public Builder capacity(int value) {
            capacity = value;
            return this;
        }

        public Builder maxPayloadBytes(int value) {
            maxPayloadBytes = value;
            return this;
        }

        public Builder beat(Duration value) {
            beat = value;
            return this;
        }

        public Builder processTimeout(Duration value) {
            processTimeout = value;
            return this;
        }

        public Builder retries(RetryPolicy value) {
            retries = value;
            return this;
        }

        public Builder expiry(Expiry value) {
            expiry = value;
            return this;
        }

        public Builder form(StreamForm value) {
            form = value;
            return this;
        }

        public Builder maxStreamEntries(long value) {
            maxStreamEntries = value;
            return this;
        }

        public Builder maxStreamAge(Duration value) {
            maxStreamAge = value;
            return this;
        }

        public Builder transport(Transport value) {
            transport = value;
            return this;
        }

        /// @throws IllegalArgumentException if a value is out of its range
        public WorkerSettings build() {
            return new WorkerSettings(
                    store,
                    id,
                    stream,
                    slices,
                    idField,
                    concurrency,
                    capacity,
                    maxPayloadBytes,
                    beat,
                    processTimeout,
                    retries,
                    expiry,
                    form,
                    transport,
                    maxStreamEntries,
                    maxStreamAge);
        }
    }
}
