package dev.baton.server.cli;

import dev.baton.redis.LoginFiles;
import dev.baton.redis.RedisAddress;
import dev.baton.redis.Tls;
import dev.baton.server.config.BadConfigurationException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Which servers.
final class RedisOptions {

    @Option(
            names = "--redis",
            paramLabel = "URI",
            description =
                    "Redis that is source and store; a cluster is redis-cluster://HOST:PORT,HOST:PORT, "
                            + "sentinels are redis-sentinel://HOST:PORT,HOST:PORT#NAME")
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

    @Mixin LoginOptions login = new LoginOptions();
    @Mixin TlsOptions tls = new TlsOptions();

    boolean given() {
        return redis != null || source != null || store != null;
    }

    /// @throws BadConfigurationException if it cannot be used
    RedisAddress sourceAddress() {
        return address("--source", source, login.forSource());
    }

    /// @throws BadConfigurationException if it cannot be used
    RedisAddress storeAddress() {
        return address("--store", store, login.forStore());
    }

    private RedisAddress address(String name, @Nullable String one, @Nullable LoginFiles files) {
        try {
            RedisAddress parsed = RedisAddress.parse(uri(one));
            RedisAddress address = parsed.with(trusted());
            return files == null ? address : address.with(files);
        } catch (IllegalArgumentException e) {
            throw new BadConfigurationException(
                    (one != null ? name : "--redis") + ": " + e.getMessage(), e);
        }
    }

    private String uri(@Nullable String one) {
        return one != null ? one : redis != null ? redis : RedisAddress.DEFAULT;
    }

    /// Whoever gives certificates believes to be using them.
    private Tls trusted() {
        boolean used = Stream.of(uri(source), uri(store)).anyMatch(uri -> uri.startsWith("rediss"));
        if (tls.given() && !used) {
            throw new BadConfigurationException(
                    "--tls-ca and --tls-cert are for rediss:// addresses, and none is given");
        }
        return tls.tls();
    }
}
