package dev.baton.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
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
        List<String> refused = new ArrayList<>();
        try (StoreConnection connection = connector.store()) {
            for (StoreConnection.Server server : connection.servers()) {
                checkServer(nameOf(connector.address(), server), server.commands(), refused);
            }
            checkTypes(connector.address(), connection.sync(), types, refused);
        }
        refused.sort(null);
        if (!refused.isEmpty()) {
            log.warn(
                    "this user may not check {} ({}); going on without",
                    connector.address(),
                    String.join(", ", refused));
        }
    }

    private static String nameOf(RedisAddress address, StoreConnection.Server server) {
        return server.name().isEmpty() ? address.toString() : server.name() + " of " + address;
    }

    private static void checkServer(
            String address, RedisClusterCommands<byte[], byte[]> redis, List<String> refused) {
        Map<String, String> info = new HashMap<>();
        try {
            redis.info()
                    .lines()
                    .map(line -> line.split(":", 2))
                    .filter(pair -> pair.length == 2)
                    .forEach(pair -> info.put(pair[0], pair[1].trim()));
        } catch (RedisCommandExecutionException e) {
            refused.add("INFO");
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
            Map<String, String> types,
            List<String> refused) {
        types.forEach(
                (key, expected) -> {
                    String found = type(redis, key, refused);
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
            RedisClusterCommands<byte[], byte[]> redis, String key, List<String> refused) {
        try {
            return redis.type(key.getBytes(StandardCharsets.UTF_8));
        } catch (RedisCommandExecutionException e) {
            refused.add("TYPE " + key);
            return "none";
        }
    }
}
