package dev.baton.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.StaticCredentialsProvider;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.sentinel.api.StatefulRedisSentinelConnection;
import io.lettuce.core.sentinel.api.async.RedisSentinelAsyncCommands;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Asks all sentinels of an address at once who is primary. One that is cut off from the others, perhaps together with a
/// primary that they have replaced, goes on naming that one; so the answer of the latest fail-over counts.
///
/// [#ask] is called by one thread at a time.
final class Sentinels implements AutoCloseable {

    /// How long one may take to be reached, and again to answer: none waits for one whose host is gone much longer.
    static final Duration PATIENCE = Duration.ofSeconds(1);

    /// Between two attempts to reach one that could not be reached.
    private static final Duration PAUSE = Duration.ofSeconds(2);

    /// Part of what a sentinel says to a name it does not know.
    private static final String UNKNOWN = "No such master";

    private final RedisAddress address;
    private final List<Sentinel> sentinels;
    private final String name;
    private final RedisClient client;
    private final ClientResources resources;

    /// @param shared threads of the caller, who closes them afterwards
    /// @param address names sentinels
    Sentinels(ClientResources shared, RedisAddress address) {
        this.address = address;
        this.name = Objects.requireNonNull(address.watched(), "the address names sentinels");
        this.resources =
                ClientResources.builder()
                        .eventLoopGroupProvider(shared.eventLoopGroupProvider())
                        .eventExecutorGroup(shared.eventExecutorGroup())
                        .timer(shared.timer())
                        .build();
        this.client = RedisClient.create(resources);
        ClientOptions.Builder options = RedisConnector.options(address, PATIENCE);
        client.setOptions(options.timeoutOptions(TimeoutOptions.enabled(PATIENCE)).build());
        this.sentinels = address.uris().stream().map(Sentinel::new).toList();
    }

    /// What one sentinel says, or why it says nothing.
    private record Answer(@Nullable Primary primary, @Nullable Throwable failure) {

        String why() {
            return failure == null ? "" : root(failure).getMessage() + "";
        }
    }

    private static Throwable root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    /// Who is primary now.
    ///
    /// @param last who was until now; only a majority has us go back behind the fail-over that made it primary, which
    ///     happens when sentinels are set up anew; null if there was none
    /// @throws RedisException if no sentinel answers, or none knows the name
    Primary ask(@Nullable Primary last) {
        List<Answer> answers = answers();
        List<Primary> named = new ArrayList<>();
        for (Answer answer : answers) {
            if (answer.primary() != null) {
                named.add(answer.primary());
            }
        }
        Primary latest =
                named.stream()
                        .max(Comparator.comparingLong(Primary::epoch))
                        .orElseThrow(() -> unknown(answers));
        if (last == null || latest.epoch() >= last.epoch()) {
            return latest;
        }
        long agree = named.stream().filter(Predicate.isEqual(latest)).count();
        return agree > sentinels.size() / 2 ? latest : last;
    }

    /// Whoever wants a login is asked once more with that of the address: a sentinel knows it anyway.
    private List<Answer> answers() {
        List<CompletableFuture<Answer>> asked = sentinels.stream().map(Sentinel::ask).toList();
        List<Answer> answers = asked.stream().map(CompletableFuture::join).toList();
        if (answers.stream().noneMatch(answer -> answer.why().startsWith("NOAUTH"))) {
            return answers;
        }
        asked = sentinels.stream().map(Sentinel::ask).toList();
        return asked.stream().map(CompletableFuture::join).toList();
    }

    private RuntimeException unknown(List<Answer> answers) {
        for (Answer answer : answers) {
            if (answer.failure() != null) {
                TlsRefusedException untrusted = TlsRefusedException.of(address, answer.failure());
                if (untrusted != null) {
                    return untrusted;
                }
            }
        }
        if (answers.stream().anyMatch(answer -> answer.why().contains(UNKNOWN))) {
            return new RedisException(
                    "no sentinel knows a primary named "
                            + name
                            + "; SENTINEL MASTERS lists their names");
        }
        return new RedisException(
                "no sentinel answers: "
                        + answers.stream()
                                .map(Answer::why)
                                .distinct()
                                .collect(Collectors.joining(", ")));
    }

    private final class Sentinel {

        private final RedisURI uri;
        private final RedisURI withLogin;
        private boolean asksForLogin;
        private long attemptedNanos;
        private @Nullable CompletableFuture<StatefulRedisSentinelConnection<String, String>>
                connection;

        Sentinel(RedisURI uri) {
            this.withLogin = RedisURI.builder(uri).withTimeout(PATIENCE).build();
            this.uri = RedisURI.builder(withLogin).build();
            this.uri.setCredentialsProvider(new StaticCredentialsProvider(null, null));
            withLogin.setDatabase(0);
            this.uri.setDatabase(0);
        }

        CompletableFuture<Answer> ask() {
            return connected()
                    .thenCompose(this::askNow)
                    .exceptionally(failure -> new Answer(null, judged(failure)));
        }

        /// It is opened again by itself when it breaks.
        private CompletableFuture<StatefulRedisSentinelConnection<String, String>> connected() {
            long now = System.nanoTime();
            boolean again =
                    connection != null
                            && connection.isCompletedExceptionally()
                            && now - attemptedNanos >= PAUSE.toNanos();
            if (connection == null || again) {
                attemptedNanos = now;
                connection =
                        client.connectSentinelAsync(
                                StringCodec.UTF8, asksForLogin ? withLogin : uri);
            }
            return connection.copy().orTimeout(2 * PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        }

        /// The epoch first: the address is then at least as new.
        private CompletionStage<Answer> askNow(
                StatefulRedisSentinelConnection<String, String> open) {
            RedisSentinelAsyncCommands<String, String> commands = open.async();
            CompletionStage<Map<String, String>> known = commands.master(name);
            CompletionStage<SocketAddress> address = commands.getMasterAddrByName(name);
            return known.thenCombine(
                    address,
                    (state, where) ->
                            where instanceof InetSocketAddress at
                                    ? new Answer(primary(at, state), null)
                                    : new Answer(null, new RedisException(UNKNOWN)));
        }

        private static Primary primary(InetSocketAddress at, Map<String, String> state) {
            return new Primary(
                    at.getHostString(),
                    at.getPort(),
                    Long.parseLong(state.getOrDefault("config-epoch", "0")));
        }

        private Throwable judged(Throwable failure) {
            if (!asksForLogin && String.valueOf(root(failure).getMessage()).startsWith("NOAUTH")) {
                asksForLogin = true;
                connection = null;
            }
            return failure;
        }
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        resources.shutdown(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(1_000);
    }
}
