package dev.baton.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.event.Event;
import io.lettuce.core.event.connection.ReauthenticationEvent;
import io.lettuce.core.event.connection.ReauthenticationFailedEvent;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.protocol.RedisCommand;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens connections to one server, to whichever server sentinels call primary, or to the nodes of a cluster. Owns the clients and their event loops; closing it
/// closes every connection.
///
/// Thread-safe. Commands that were under way when a connection broke fail rather than being sent again behind our back:
/// each role knows best what to repeat.
public final class RedisConnector implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(RedisConnector.class);

    /// How long one command may take before it counts as lost.
    public static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(3);

    /// How long opening a connection may take.
    public static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);

    /// Most commands that wait on one connection; above what any role has under way, which is most where a worker has a transaction of
    /// some five hundred in each of 255 slices.
    private static final int MAX_QUEUED_COMMANDS = 1 << 17;

    private static final int EVENT_LOOPS = 2;

    /// After so much silence a connection asks whether the other host is there, and again as often as said.
    private static final Duration SILENCE = Duration.ofSeconds(5);

    private static final int SILENCES = 3;

    /// How often files that hold a login are looked at for changes.
    private static final Duration LOGIN_LOOK = Duration.ofSeconds(1);

    private static final TimeoutOptions PATIENT_PUBLISHING =
            TimeoutOptions.builder()
                    .timeoutSource(
                            new TimeoutOptions.TimeoutSource() {
                                @Override
                                public long getTimeout(RedisCommand<?, ?, ?> command) {
                                    return command.getType() == CommandType.PUBLISH
                                                    || command.getType() == CommandType.SPUBLISH
                                            ? 0
                                            : COMMAND_TIMEOUT.toMillis();
                                }
                            })
                    .build();

    /// The server takes printable ASCII without spaces.
    private static final Pattern NOT_IN_A_NAME = Pattern.compile("[^!-~]");

    private final RedisAddress address;
    private final Taps taps;
    private final ClientResources resources;
    private final RedisClient client;
    private final List<RedisURI> uris;
    private final @Nullable PrimaryWatch watch;
    private @Nullable ClusterClient cluster;
    private boolean clusterFound;

    /// @param address the server
    public RedisConnector(RedisAddress address) {
        this(address, "");
    }

    /// @param address the server
    /// @param clientName what `CLIENT LIST` shows for every connection, so that people can tell them apart; what may not
    ///     stand in a name there becomes `_`; empty for no name
    public RedisConnector(RedisAddress address, String clientName) {
        this.address = address;
        PrimaryAddress primary = address.watched() == null ? null : new PrimaryAddress();
        this.taps = new Taps(primary);
        this.resources =
                resources(primary, taps)
                        .ioThreadPoolSize(EVENT_LOOPS)
                        .computationThreadPoolSize(EVENT_LOOPS)
                        .reconnectDelay(
                                () ->
                                        Delay.fullJitter(
                                                Duration.ofMillis(20),
                                                Duration.ofSeconds(1),
                                                20,
                                                TimeUnit.MILLISECONDS))
                        .build();
        LoginFiles files = address.login();
        FileLogin login = files == null ? null : watched(new FileLogin(address, files));
        this.uris = servers(address).stream().map(uri -> named(uri, clientName, login)).toList();
        this.watch =
                primary == null
                        ? null
                        : new PrimaryWatch(address, new Sentinels(resources, address), primary);
        this.client = RedisClient.create(resources);
        this.clusterFound = address.cluster();
    }

    private static ClientResources.Builder resources(@Nullable PrimaryAddress primary, Taps taps) {
        ClientResources.Builder builder = ClientResources.builder().nettyCustomizer(taps);
        return primary == null ? builder : builder.socketAddressResolver(primary);
    }

    /// Where sentinels are asked, there is one server, at an address that changes.
    private static List<RedisURI> servers(RedisAddress address) {
        return address.watched() == null
                ? address.uris()
                : List.of(PrimaryAddress.standIn(address.uri()));
    }

    private FileLogin watched(FileLogin login) {
        var _ = resources.eventBus().get().subscribe(event -> tell(login, event));
        var _ =
                resources
                        .eventExecutorGroup()
                        .scheduleWithFixedDelay(
                                login::look, 0, LOGIN_LOOK.toMillis(), TimeUnit.MILLISECONDS);
        return login;
    }

    private static void tell(FileLogin login, Event event) {
        switch (event) {
            case ReauthenticationFailedEvent failed -> login.refused(failed.getCause());
            case ReauthenticationEvent done -> login.accepted();
            default -> {}
        }
    }

    private static RedisURI named(RedisURI uri, String clientName, @Nullable FileLogin login) {
        // The address' own timeout bounds the handshake, and would be a minute.
        RedisURI copy = RedisURI.builder(uri).withTimeout(CONNECT_TIMEOUT).build();
        if (!clientName.isEmpty()) {
            copy.setClientName(NOT_IN_A_NAME.matcher(clientName).replaceAll("_"));
        }
        if (login != null) {
            copy.setCredentialsProvider(login);
        }
        return copy;
    }

    /// The server this connector reaches.
    public RedisAddress address() {
        return address;
    }

    /// Opens a connection for commands to one server, some node where the address names a cluster, the primary where it
    /// names sentinels; it is opened again by itself when it breaks, to whoever is primary then, commands fail meanwhile.
    ///
    /// @throws RedisUnreachableException if the server does not answer
    public StatefulRedisConnection<byte[], byte[]> connect() {
        return connect(COMMAND_TIMEOUT);
    }

    private StatefulRedisConnection<byte[], byte[]> connect(Duration timeout) {
        if (watch != null) {
            var _ = open(watch::primary);
        }
        RedisUnreachableException last = null;
        for (RedisURI uri : uris) {
            try {
                return connectTo(uri, timeout);
            } catch (RedisUnreachableException e) {
                last = e;
            }
        }
        throw Objects.requireNonNull(last, "an address names a server");
    }

    /// Opens a connection for commands to one server.
    ///
    /// @param server as [#serverOf] gives it
    /// @throws RedisUnreachableException if the server does not answer
    public StatefulRedisConnection<byte[], byte[]> connectTo(RedisURI server) {
        return connectTo(server, COMMAND_TIMEOUT);
    }

    private StatefulRedisConnection<byte[], byte[]> connectTo(RedisURI server, Duration timeout) {
        return open(
                () -> {
                    client.setOptions(options(true, timeout));
                    return client.connect(ByteArrayCodec.INSTANCE, server);
                });
    }

    /// Opens a connection to the store. Whether that is a cluster is found out here, when the address does not say.
    ///
    /// @throws RedisUnreachableException if no server answers
    public StoreConnection store() {
        return store(COMMAND_TIMEOUT);
    }

    /// Opens a connection to the store for commands that block, which keeps no others waiting.
    ///
    /// @param timeout longer than the longest blocking command
    /// @throws RedisUnreachableException if no server answers
    public StoreConnection storeToWait(Duration timeout) {
        return store(timeout);
    }

    private synchronized StoreConnection store(Duration timeout) {
        if (watch != null) {
            return new StoreConnection(connect(timeout), true, watch::known);
        }
        if (!clusterFound) {
            StatefulRedisConnection<byte[], byte[]> one = connect(timeout);
            if (!isNodeOfCluster(one)) {
                RedisURI only = uris.getFirst();
                return new StoreConnection(one, false, () -> only.getHost() + ":" + only.getPort());
            }
            one.close();
            clusterFound = true;
        }
        return open(() -> new StoreConnection(cluster().connectToWait(timeout)));
    }

    /// Who may not ask gets what the address says.
    private boolean isNodeOfCluster(StatefulRedisConnection<byte[], byte[]> server) {
        try {
            return server.sync().info("cluster").contains("cluster_enabled:1");
        } catch (RedisException e) {
            log.debug("cannot ask {} whether it is a cluster: {}", address, e.getMessage());
            return false;
        }
    }

    private synchronized ClusterClient cluster() {
        ClusterClient known = cluster;
        if (known == null) {
            known = new ClusterClient(resources, uris, options(true, COMMAND_TIMEOUT));
            cluster = known;
        }
        return known;
    }

    /// The one server on which to publish and subscribe to a channel: the address' own, or where that names a cluster, the
    /// primary of the channel's slot, which everybody who asks finds alike, or the primary as sentinels say now.
    ///
    /// @throws RedisUnreachableException if no server answers
    public RedisURI serverOf(byte[] channel) {
        if (watch != null) {
            return primary(watch);
        }
        return address.cluster() ? primaryOf(channel) : uris.getFirst();
    }

    /// The one server on which to publish and subscribe to a sharded channel: the primary of its slot.
    ///
    /// @throws RedisUnreachableException if no server answers
    public synchronized RedisURI shardServerOf(byte[] channel) {
        if (watch != null) {
            return primary(watch);
        }
        if (!clusterFound) {
            try (StatefulRedisConnection<byte[], byte[]> one = connect()) {
                clusterFound = isNodeOfCluster(one);
            }
        }
        return clusterFound ? primaryOf(channel) : uris.getFirst();
    }

    /// What the nodes say of each other has no name for our connections.
    private RedisURI primaryOf(byte[] channel) {
        RedisURI node = RedisURI.builder(open(() -> cluster().primaryOf(channel))).build();
        node.setClientName(uris.getFirst().getClientName());
        return node;
    }

    private RedisURI primary(PrimaryWatch asked) {
        Primary found = open(asked::primary);
        RedisURI uri = RedisURI.builder(uris.getFirst()).build();
        uri.setHost(found.host());
        uri.setPort(found.port());
        return uri;
    }

    /// Opens a connection for publishing on a channel, where dispatchers listen; it is opened again by itself when it breaks.
    ///
    /// @param sharded whether it is a sharded channel
    /// @throws RedisUnreachableException if no server answers
    public StatefulRedisConnection<byte[], byte[]> connectToPublish(
            byte[] channel, boolean sharded) {
        if (watch != null) {
            return connect();
        }
        return connectTo(sharded ? shardServerOf(channel) : serverOf(channel));
    }

    /// Opens a connection for publishing that is not opened again when it breaks. A publication has all the time in the
    /// world: a server that stands still is waited for, one whose host is gone breaks the connection.
    ///
    /// @param server as [#serverOf] gives it
    /// @throws RedisUnreachableException if the server does not answer
    public StatefulRedisConnection<byte[], byte[]> connectOnce(RedisURI server) {
        return open(
                () -> {
                    client.setOptions(options(false, PATIENT_PUBLISHING));
                    return client.connect(ByteArrayCodec.INSTANCE, server);
                });
    }

    /// Opens a connection for one subscription whose publications go past the client to a listener, except those that match a
    /// pattern; it is not opened again when it breaks.
    ///
    /// @param server as [#serverOf] gives it
    /// @throws RedisUnreachableException if the server does not answer
    public StatefulRedisPubSubConnection<byte[], byte[]> connectToListen(
            RedisURI server, PushListener listener) {
        return open(
                () -> {
                    client.setOptions(options(false, COMMAND_TIMEOUT));
                    taps.next(new PushTap(listener));
                    try {
                        return client.connectPubSub(ByteArrayCodec.INSTANCE, server);
                    } finally {
                        taps.next(null);
                    }
                });
    }

    /// Opens a connection for one subscription; it is not opened again when it breaks.
    ///
    /// @param server as [#serverOf] gives it
    /// @throws RedisUnreachableException if the server does not answer
    public <V> StatefulRedisPubSubConnection<V, V> connectForSubscription(
            RedisCodec<V, V> codec, RedisURI server) {
        return open(
                () -> {
                    client.setOptions(options(false, COMMAND_TIMEOUT));
                    return client.connectPubSub(codec, server);
                });
    }

    /// The options of a client are read when a connection opens, so opening takes turns.
    private synchronized <C> C open(Supplier<C> connect) {
        try {
            return connect.get();
        } catch (RedisException | CompletionException e) {
            TlsRefusedException untrusted = TlsRefusedException.of(address, e);
            if (untrusted != null) {
                throw untrusted;
            }
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            String why = firstReason(String.valueOf(root.getMessage()));
            if (why.startsWith("NOAUTH") || why.startsWith("WRONGPASS")) {
                throw new LoginRefusedException(address, why.startsWith("NOAUTH"), e);
            }
            throw new RedisUnreachableException(
                    "cannot reach Redis at " + address + ": " + inWords(why) + doubt(why), e);
        }
    }

    /// The client lists what each node of a cluster said, a line each, with its address.
    private static String firstReason(String why) {
        int details = why.indexOf("Details:");
        int reason = details < 0 ? -1 : why.indexOf("]: ", details);
        return reason < 0 ? why : why.substring(reason + 3).lines().findFirst().orElse(why).strip();
    }

    /// The transport's way to say it, without the name of the system call.
    private static String inWords(String why) {
        if (why.contains("cluster support disabled")) {
            return "it is no Redis Cluster; give it as redis://host:port";
        }
        if (why.endsWith("NXDOMAIN") || why.startsWith("Failed to resolve")) {
            return "no such host";
        }
        int details = why.indexOf("Details:");
        if (why.startsWith("Cannot retrieve cluster partitions") && details >= 0) {
            return "no node answers: "
                    + why.substring(details + "Details:".length())
                            .strip()
                            .replaceAll("\\s*\\n\\s*", ", ")
                            .replaceAll("\\?timeout=\\w+", "")
                            .replaceAll("\\S+ failed with error\\(-?\\d+\\): ", "");
        }
        return why.replaceFirst("^\\S+ failed with error\\(-?\\d+\\): ", "");
    }

    /// A server that does not speak TLS waits for more of what it takes for a command.
    private String doubt(String why) {
        return address.uri().isSsl() && why.contains("timed out")
                ? "; does it speak TLS on this port?"
                : "";
    }

    private ClientOptions options(boolean reconnect, Duration timeout) {
        return options(reconnect, TimeoutOptions.enabled(timeout));
    }

    private ClientOptions options(boolean reconnect, TimeoutOptions timeouts) {
        return options(address, CONNECT_TIMEOUT)
                .autoReconnect(reconnect)
                .timeoutOptions(timeouts)
                .build();
    }

    /// What all connections have in common.
    static ClientOptions.Builder options(RedisAddress address, Duration connectTimeout) {
        return ClientOptions.builder()
                .protocolVersion(ProtocolVersion.RESP3)
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .replayFilter(command -> true)
                .requestQueueSize(MAX_QUEUED_COMMANDS)
                .maintNotificationsConfig(MaintNotificationsConfig.disabled())
                .sslOptions(address.tls().options())
                .reauthenticateBehavior(ClientOptions.ReauthenticateBehavior.ON_NEW_CREDENTIALS)
                .socketOptions(
                        SocketOptions.builder()
                                .connectTimeout(connectTimeout)
                                .keepAlive(
                                        SocketOptions.KeepAliveOptions.builder()
                                                .enable()
                                                .idle(SILENCE)
                                                .interval(SILENCE)
                                                .count(SILENCES)
                                                .build())
                                .tcpUserTimeout(
                                        SocketOptions.TcpUserTimeoutOptions.builder()
                                                .enable()
                                                .tcpUserTimeout(SILENCE.multipliedBy(SILENCES + 1))
                                                .build())
                                .build());
    }

    @Override
    public void close() {
        if (watch != null) {
            watch.close();
        }
        closeCluster();
        client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        resources.shutdown(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2_000);
    }

    private synchronized void closeCluster() {
        if (cluster != null) {
            cluster.close();
        }
    }
}
