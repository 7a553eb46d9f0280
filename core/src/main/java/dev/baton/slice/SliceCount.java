package dev.baton.slice;

import dev.baton.redis.RedisConnector;
import dev.baton.redis.StoreConnection;
import dev.baton.redis.UnfitStoreException;
import io.lettuce.core.RedisCommandExecutionException;
import java.nio.charset.StandardCharsets;

/// Looks once, at start, whether a stream was led with another number of slices before. Their streams have other names, so
/// nobody would notice otherwise.
public final class SliceCount {

    private static final byte[] SLICES = "slices".getBytes(StandardCharsets.UTF_8);

    private SliceCount() {}

    /// @param stream the pipeline's output stream
    /// @param slices the number that was asked for
    /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
    /// @throws UnfitStoreException if the stream has another number of slices
    public static void check(RedisConnector connector, String stream, int slices) {
        try (StoreConnection connection = connector.store()) {
            for (SliceKeys keys :
                    new SliceKeys[] {new SliceKeys(stream), new SliceKeys(stream + ":0")}) {
                byte[] found = connection.reach(keys.lead()).sync().hget(keys.lead(), SLICES);
                String text = found == null ? "" : new String(found, StandardCharsets.UTF_8);
                boolean single = keys.stream().equals(stream);
                // Another pipeline may be called like one of our slices, or we like one of its.
                boolean ofThisStream = text.equals("1") == single;
                if (!text.isEmpty() && ofThisStream && !text.equals(Integer.toString(slices))) {
                    throw new UnfitStoreException(
                            "stream '%s' on %s was made with --slices %s, not %d: the number is fixed; give --slices %s, or another --stream"
                                    .formatted(stream, connector.address(), text, slices, text));
                }
            }
        } catch (RedisCommandExecutionException e) {
            // Who may not look goes on without: a claim is refused all the same.
        }
    }
}
