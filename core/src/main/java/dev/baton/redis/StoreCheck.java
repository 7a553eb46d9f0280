package dev.baton.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks once, at start, whether a store may hold a slice: a primary, or a cluster's primaries, nothing evicted, no foreign
/// types under our names. What an ACL forbids to look at is passed over with a warning.
public final class StoreCheck {

    private static final Logger log = LoggerFactory.getLogger(StoreCheck.class);

    private StoreCheck() {}

    /// @param connector the store
    /// @param types our keys, and the type that each must have if it exists
    /// @throws RedisUnreachableException if the server does not answer
    /// @throws UnfitStoreException if it may not hold a slice
    public static void check(RedisConnector connector, Map<String, String> types) {
        try (StoreConnection connection = connector.store()) {
            for (StoreConnection.Server server : connection.servers()) {
                checkServer(nameOf(connector.address(), server), server.commands());
            }
            checkTypes(connector.address(), connection.sync(), types);
        }
    }

    private static String nameOf(RedisAddress address, StoreConnection.Server server) {
        return server.name().isEmpty() ? address.toString() : server.name() + " of " + address;
    }

    private static void checkServer(String address, RedisClusterCommands<byte[], byte[]> redis) {
        Map<String, String> info = new HashMap<>();
        try {
            redis.info()
                    .lines()
                    .map(line -> line.split(":", 2))
                    .filter(pair -> pair.length == 2)
                    .forEach(pair -> info.put(pair[0], pair[1].trim()));
        } catch (RedisException e) {
            log.warn(
                    "cannot check {}: INFO was refused ({}); going on without",
                    address,
                    e.getMessage());
            return;
        }
        if (info.getOrDefault("role", "master").equals("slave")) {
            throw new UnfitStoreException(
                    address
                            + " is a replica; give its primary, "
                            + info.getOrDefault("master_host", "?")
                            + ":"
                            + info.getOrDefault("master_port", "?"));
        }
        String policy = info.getOrDefault("maxmemory_policy", "noeviction");
        if (policy.startsWith("allkeys-")) {
            throw new UnfitStoreException(
                    address
                            + " evicts any key when memory is short (maxmemory-policy "
                            + policy
                            + "), also those that hold messages; set it to noeviction");
        }
    }

    private static void checkTypes(
            RedisAddress address,
            RedisClusterCommands<byte[], byte[]> redis,
            Map<String, String> types) {
        types.forEach(
                (key, expected) -> {
                    String found = type(address, redis, key);
                    if (!found.equals("none") && !found.equals(expected)) {
                        throw new UnfitStoreException(
                                "key '"
                                        + key
                                        + "' on "
                                        + address
                                        + " is a "
                                        + found
                                        + ", not a "
                                        + expected
                                        + ": it belongs to something else; choose another stream name");
                    }
                });
    }

    private static String type(
            RedisAddress address, RedisClusterCommands<byte[], byte[]> redis, String key) {
        try {
            return redis.type(key.getBytes(StandardCharsets.UTF_8));
        } catch (RedisCommandExecutionException e) {
            log.warn("cannot check '{}' on {}: {}; going on without", key, address, e.getMessage());
            return "none";
        }
    }
}
