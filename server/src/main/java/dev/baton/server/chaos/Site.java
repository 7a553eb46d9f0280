package dev.baton.server.chaos;

import dev.baton.redis.RedisAddress;
import dev.baton.server.embedded.EmbeddedCluster;
import dev.baton.server.embedded.EmbeddedRedis;
import dev.baton.slice.SliceKeys;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Where a run takes place: servers of its own, or one that is given, and the names that are its own there.
final class Site implements AutoCloseable {

    /// The name that roles log in with, where a fault needs one.
    static final String USER = "baton-chaos-role";

    private static final int PRIMARIES = 3;
    private static final int SLOTS = 16_384;

    private final ChaosSettings settings;
    private final String run;
    private final @Nullable EmbeddedRedis storeServer;
    private final @Nullable EmbeddedRedis sourceServer;
    private final @Nullable EmbeddedCluster cluster;
    private final @Nullable ClusterNodes nodes;

    private Site(
            ChaosSettings settings,
            @Nullable EmbeddedRedis storeServer,
            @Nullable EmbeddedRedis sourceServer,
            @Nullable EmbeddedCluster cluster) {
        this.settings = settings;
        this.storeServer = storeServer;
        this.sourceServer = sourceServer;
        this.cluster = cluster;
        this.nodes = cluster == null ? null : new ClusterNodes(cluster, PRIMARIES);
        String name = name();
        while (cluster != null && settings.layout().slices() == 1 && channelShares(name)) {
            name = name();
        }
        this.run = name;
    }

    private static String name() {
        return "c" + HexFormat.of().toHexDigits(UUID.randomUUID().getMostSignificantBits());
    }

    /// With one slice, its primary and that of the channel are two, so that each can be harmed alone.
    private static boolean channelShares(String run) {
        return primary(channel(run)) == primary(stream(run));
    }

    private static int primary(String name) {
        return ClusterNodes.slotOf(name) * PRIMARIES / SLOTS;
    }

    /// Starts what is not given.
    static Site open(ChaosSettings settings) {
        if (settings.redis() != null) {
            return new Site(settings, null, null, null);
        }
        if (settings.layout().cluster()) {
            return new Site(
                    settings, null, null, EmbeddedCluster.start(settings.layout().replicas()));
        }
        EmbeddedRedis store = embedded();
        return new Site(settings, store, settings.split() ? embedded() : store, null);
    }

    private static EmbeddedRedis embedded() {
        return EmbeddedRedis.start(
                new EmbeddedRedis.Options(
                        null, 0, List.of("appendonly", "yes", "appendfsync", "everysec")));
    }

    /// Begins every id of the run, and is part of every name.
    String run() {
        return run;
    }

    /// Where messages are published.
    String channel() {
        return channel(run);
    }

    private static String channel(String run) {
        return "baton:chaos:" + run + ":published";
    }

    /// The pipeline's output stream.
    String stream() {
        return stream(run);
    }

    private static String stream(String run) {
        return "baton:chaos:" + run;
    }

    /// The keys of every slice.
    List<SliceKeys> slices() {
        return SliceKeys.of(stream(), settings.layout().slices());
    }

    RedisAddress store() {
        return address(storeServer);
    }

    RedisAddress source() {
        return address(sourceServer);
    }

    private RedisAddress address(@Nullable EmbeddedRedis server) {
        if (cluster != null) {
            return RedisAddress.parse(cluster.uri());
        }
        return RedisAddress.parse(server != null ? server.uri() : String.valueOf(settings.redis()));
    }

    /// Where roles find the store.
    Endpoint storeEndpoint() {
        return endpoint(storeServer);
    }

    /// Where roles find the source.
    Endpoint sourceEndpoint() {
        return endpoint(sourceServer);
    }

    private Endpoint endpoint(@Nullable EmbeddedRedis server) {
        if (server != null) {
            String login = settings.needed(Fault.Need.USER) ? USER + ":" + run + "@" : "";
            return Endpoint.of("redis", login, "127.0.0.1", server.port(), "");
        }
        String given = cluster != null ? cluster.uri() : String.valueOf(settings.redis());
        URI uri = URI.create(given);
        if (uri.getHost() == null) {
            return new Endpoint(given, "", "", "", 0, "");
        }
        String login = uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo() + "@";
        int port = uri.getPort() < 0 ? 6379 : uri.getPort();
        String rest = uri.getRawPath() == null ? "" : uri.getRawPath();
        return Endpoint.of(uri.getScheme(), login, uri.getHost(), port, rest);
    }

    /// The store's own process.
    ///
    /// @throws IllegalStateException if the server is not ours
    EmbeddedRedis storeServer() {
        if (storeServer == null) {
            throw new IllegalStateException("the store is not ours to harm");
        }
        return storeServer;
    }

    /// Whether store and source are a cluster of ours.
    boolean hasNodes() {
        return nodes != null;
    }

    /// The cluster's nodes.
    ///
    /// @throws IllegalStateException if it is no cluster of ours
    ClusterNodes nodes() {
        if (nodes == null) {
            throw new IllegalStateException("there is no cluster that is ours to harm");
        }
        return nodes;
    }

    /// A given server is left as it was found.
    void deleteKeys(RedisClusterCommands<byte[], byte[]> store) {
        for (SliceKeys slice : slices()) {
            String tag = "{" + slice.stream() + "}:";
            List<String> names = new ArrayList<>(slice.types().keySet());
            for (byte[] worker : store.smembers(Ground.bytes(tag + "workers"))) {
                String id = new String(worker, StandardCharsets.UTF_8);
                names.add(tag + "worker:" + id);
                names.add(tag + "lane:" + id);
            }
            names.forEach(name -> store.unlink(Ground.bytes(name)));
        }
    }

    @Override
    public void close() {
        if (nodes != null) {
            nodes.close();
        }
        if (storeServer != null) {
            storeServer.close();
        }
        if (sourceServer != null && sourceServer != storeServer) {
            sourceServer.close();
        }
    }
}
