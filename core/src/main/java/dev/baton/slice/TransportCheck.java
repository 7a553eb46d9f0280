package dev.baton.slice;

import dev.baton.redis.RedisConnector;
import dev.baton.redis.StoreConnection;
import dev.baton.redis.UnfitStoreException;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisCommandExecutionException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Looks which transport a stream has: once, at start, before a role begins that was told another, and wherever nobody is told.
public final class TransportCheck {

    private TransportCheck() {}

    /// @param slices all slices of the pipeline
    /// @param asked what the role was told
    /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
    /// @throws UnfitStoreException if the stream has another transport
    public static void check(RedisConnector connector, List<SliceKeys> slices, Transport asked) {
        try (StoreConnection connection = connector.store()) {
            for (SliceKeys keys : slices) {
                Transport found = find(connection, keys);
                if (found != null && found != asked) {
                    throw new UnfitStoreException(
                            Transport.mismatch(
                                    keys, " on " + connector.address(), found.text(), asked));
                }
            }
        } catch (RedisCommandExecutionException e) {
            // Who may not look goes on without: a claim or a join is refused all the same.
        }
    }

    /// The transport of a slice, as `include/transport.lua` sees it.
    ///
    /// @return null if nobody came yet
    static @Nullable Transport find(StoreConnection connection, SliceKeys keys) {
        List<KeyValue<byte[], byte[]>> fields =
                connection
                        .reach(keys.lead())
                        .sync()
                        .hmget(keys.lead(), bytes("transport"), bytes("epoch"), bytes("roster"));
        if (!fields.get(0).isEmpty()) {
            return Transport.of(new String(fields.get(0).getValue(), StandardCharsets.UTF_8));
        }
        return fields.get(1).isEmpty() && fields.get(2).isEmpty() ? null : Transport.LISTS;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
