package dev.baton.server.cli;

import dev.baton.redis.RedisAddress;
import dev.baton.server.config.BadConfigurationException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which servers.
final class RedisOptions {

    @Option(
            names = "--redis",
            paramLabel = "URI",
            description =
                    "Redis that is source and store; a cluster is redis-cluster://HOST:PORT,HOST:PORT")
    @Nullable String redis;

    @Option(
            names = "--source",
            paramLabel = "URI",
            description = "Redis that publishers publish on")
    @Nullable String source;

    @Option(
            names = "--store",
            paramLabel = "URI",
            description = "Redis that holds lanes and the stream")
    @Nullable String store;

    boolean given() {
        return redis != null || source != null || store != null;
    }

    RedisAddress sourceAddress() {
        return address("--source", source);
    }

    RedisAddress storeAddress() {
        return address("--store", store);
    }

    private RedisAddress address(String name, @Nullable String one) {
        String uri = one != null ? one : redis != null ? redis : RedisAddress.DEFAULT;
        try {
            return RedisAddress.parse(uri);
        } catch (IllegalArgumentException e) {
            throw new BadConfigurationException(
                    (one != null ? name : "--redis") + ": " + e.getMessage(), e);
        }
    }
}
