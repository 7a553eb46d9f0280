package dev.baton.slice;

import dev.baton.redis.RedisConnector;
import dev.baton.redis.StoreConnection;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XReadArgs;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Follows one stream of a slice, on a connection of its own, which its waits keep busy. A connection that is lost is made again
/// by itself; a read that fails meanwhile may be repeated. Thread-safe.
public final class SliceTail implements AutoCloseable {

    /// Longest wait of a read; bounds how long a lost server goes unnoticed.
    public static final Duration MAX_WAIT = Duration.ofSeconds(2);

    /// Which stream of the slice.
    public enum What {
        /// The processed messages.
        STREAM,
        /// Dead letters.
        DEAD,
        /// Declared losses.
        GAPS
    }

    private final StoreConnection connection;
    private final SliceKeys keys;
    private final byte[] key;

    private SliceTail(StoreConnection connection, SliceKeys keys, byte[] key) {
        this.connection = connection;
        this.keys = keys;
        this.key = key;
    }

    /// Connects.
    ///
    /// @param connector stays the caller's to close
    /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
    public static SliceTail open(RedisConnector connector, SliceKeys keys, What what) {
        byte[] key =
                switch (what) {
                    case STREAM -> keys.output();
                    case DEAD -> keys.dead();
                    case GAPS -> keys.gaps();
                };
        Duration timeout = MAX_WAIT.plus(RedisConnector.COMMAND_TIMEOUT);
        return new SliceTail(connector.storeToWait(timeout).reach(keys.lead()), keys, key);
    }

    /// The slice's stream.
    public String stream() {
        return keys.stream();
    }

    /// The id of the newest entry, `0-0` if there is none.
    public String newest() {
        List<StreamMessage<byte[], byte[]>> last =
                connection.sync().xrevrange(key, Range.unbounded(), Limit.from(1));
        return last.isEmpty() ? "0-0" : last.getFirst().getId();
    }

    /// The store's clock in milliseconds.
    public long storeMillis() {
        List<byte[]> now = connection.sync().time();
        return Long.parseLong(new String(now.get(0), StandardCharsets.US_ASCII)) * 1_000
                + Long.parseLong(new String(now.get(1), StandardCharsets.US_ASCII)) / 1_000;
    }

    /// Waits for entries behind one, for [#MAX_WAIT] at most.
    ///
    /// @param after id, none need be there under it
    /// @param most entries in the answer
    /// @return empty if none came in time
    @SuppressWarnings("unchecked") // the client's own generic varargs
    public CompletableFuture<List<StreamEntry>> read(String after, int most) {
        return connection
                .async()
                .xread(
                        XReadArgs.Builder.block(MAX_WAIT).count(most),
                        XReadArgs.StreamOffset.from(key, after))
                .thenApply(found -> found.stream().map(StreamEntry::of).toList())
                .toCompletableFuture();
    }

    @Override
    public void close() {
        connection.close();
    }
}
