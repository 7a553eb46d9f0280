package dev.baton.slice;

import dev.baton.redis.RedisConnector;
import dev.baton.redis.StoreConnection;
import dev.baton.redis.UnfitStoreException;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisCommandExecutionException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Looks once, at start, whether a stream is led with another number of slices. Their streams have other names, so
/// nobody would notice otherwise.
public final class SliceCount {

    private SliceCount() {}

    /// What a slice's lead says of their number.
    private record Found(SliceKeys keys, String slices, String becomes) {}

    /// @param stream the pipeline's output stream
    /// @param slices the number that was asked for
    /// @return slice 0 of the number that the stream still has, if that is being changed to the one that was asked for;
    ///     else null
    /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
    /// @throws UnfitStoreException if the stream has another number of slices
    public static @Nullable SliceKeys check(RedisConnector connector, String stream, int slices) {
        String asked = Integer.toString(slices);
        try (StoreConnection connection = connector.store()) {
            Found other = null;
            boolean fits = false;
            for (Found found :
                    List.of(
                            look(connection, new SliceKeys(stream)),
                            look(connection, new SliceKeys(stream + ":0")))) {
                boolean single = found.keys().stream().equals(stream);
                // Another pipeline may be called like one of our slices, or we like one of its. A
                // slice 0 of a former number
                // has another one by now, which its name does not fit.
                boolean ofThisStream = found.slices().equals("1") == single;
                if (found.slices().isEmpty() || !ofThisStream) {
                    continue;
                }
                if (found.becomes().equals(asked)) {
                    return found.keys();
                }
                fits |= found.slices().equals(asked);
                other = found.slices().equals(asked) ? other : found;
            }
            if (other != null && !fits && !stillDrains(connection, stream, slices)) {
                throw new UnfitStoreException(
                        "stream '%s' on %s has --slices %s, not %d: give --slices %s, or another --stream; baton reslice changes the number"
                                .formatted(
                                        stream,
                                        connector.address(),
                                        other.slices(),
                                        slices,
                                        other.slices()));
            }
        } catch (RedisCommandExecutionException e) {
            // Who may not look goes on without: a claim is refused all the same.
        }
        return null;
    }

    /// Looks how many slices a stream has.
    ///
    /// @param stream the pipeline's output stream
    /// @return 1 where nobody ever led it; empty where one may not look
    /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
    /// @throws RedisCommandExecutionException if it refuses for another reason
    public static OptionalInt find(RedisConnector connector, String stream) {
        try (StoreConnection connection = connector.store()) {
            OptionalInt number = OptionalInt.empty();
            boolean all = true;
            for (SliceKeys keys : List.of(new SliceKeys(stream), new SliceKeys(stream + ":0"))) {
                Found found = lookIfAllowed(connection, keys);
                if (found == null) {
                    all = false;
                    continue;
                }
                boolean single = keys.stream().equals(stream);
                if (found.slices().isEmpty() || found.slices().equals("1") != single) {
                    continue;
                }
                number = OptionalInt.of(Integer.parseInt(found.slices()));
                // Of two, the one that does not become the other.
                if (found.becomes().isEmpty()) {
                    return number;
                }
            }
            return number.isEmpty() && all ? OptionalInt.of(1) : number;
        }
    }

    /// @return null if this user may not
    private static @Nullable Found lookIfAllowed(StoreConnection connection, SliceKeys keys) {
        try {
            return look(connection, keys);
        } catch (RedisCommandExecutionException e) {
            if (String.valueOf(e.getMessage()).startsWith("NOPERM")) {
                return null;
            }
            throw e;
        }
    }

    /// Whether a slice that only the former number has is still worked off.
    private static boolean stillDrains(StoreConnection connection, String stream, int slices) {
        Found last = look(connection, SliceKeys.of(stream, slices).getLast());
        return last.slices().equals(Integer.toString(slices)) && !last.becomes().isEmpty();
    }

    private static Found look(StoreConnection connection, SliceKeys keys) {
        List<KeyValue<byte[], byte[]>> fields =
                connection
                        .reach(keys.lead())
                        .sync()
                        .hmget(
                                keys.lead(),
                                "slices".getBytes(StandardCharsets.UTF_8),
                                "becomes".getBytes(StandardCharsets.UTF_8));
        return new Found(keys, text(fields.get(0)), text(fields.get(1)));
    }

    private static String text(KeyValue<byte[], byte[]> field) {
        return field.isEmpty() ? "" : new String(field.getValue(), StandardCharsets.UTF_8);
    }
}
