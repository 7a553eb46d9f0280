package dev.baton.server.chaos;

import dev.baton.server.embedded.EmbeddedRedis;
import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What faults act on: the processes, the servers, and a hand on each of them.
final class Ground {

    private static final Duration LOOK = Duration.ofMillis(20);

    /// So many times the slack is waited for what ought to happen.
    private static final int PATIENCE = 10;

    private static final Pattern CLIENT_ID = Pattern.compile("\\bid=(\\d+)");
    private static final Pattern CLIENT_NAME = Pattern.compile(" name=(\\S*)");

    private final ChaosSettings settings;
    private final String stream;
    private final String channel;
    private final Fleet fleet;
    private final Load load;
    private final @Nullable EmbeddedRedis storeServer;
    private final StatefulRedisConnection<byte[], byte[]> source;
    private final StatefulRedisConnection<byte[], byte[]> store;
    private final Recorder recorder;
    private final String user;
    private Duration slowestStart = Duration.ZERO;

    Ground(
            ChaosSettings settings,
            String stream,
            String channel,
            Fleet fleet,
            Load load,
            @Nullable EmbeddedRedis storeServer,
            StatefulRedisConnection<byte[], byte[]> source,
            StatefulRedisConnection<byte[], byte[]> store,
            Recorder recorder,
            String user) {
        this.settings = settings;
        this.stream = stream;
        this.channel = channel;
        this.fleet = fleet;
        this.load = load;
        this.storeServer = storeServer;
        this.source = source;
        this.store = store;
        this.recorder = recorder;
        this.user = user;
    }

    ChaosSettings settings() {
        return settings;
    }

    Fleet fleet() {
        return fleet;
    }

    Load load() {
        return load;
    }

    Recorder recorder() {
        return recorder;
    }

    /// The name that roles log in with.
    String user() {
        return user;
    }

    /// Where leaders and dispatchers talk about what they heard.
    String controlChannel() {
        return Recorder.channelOf(stream);
    }

    RedisCommands<byte[], byte[]> source() {
        return source.sync();
    }

    RedisCommands<byte[], byte[]> store() {
        return store.sync();
    }

    /// The connection behind [#store].
    StatefulRedisConnection<byte[], byte[]> storeConnection() {
        return store;
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

    /// Who leads now; waits a while for somebody to.
    Child leader() throws InterruptedException {
        Child[] found = new Child[1];
        await(
                () -> {
                    long epoch = epoch();
                    Child leader = epoch == 0 ? null : fleet.leaderIn(epoch);
                    if (leader != null) {
                        found[0] = leader;
                    }
                    return leader != null;
                },
                "a leader");
        return found[0];
    }

    /// The epoch of who leads now, 0 if nobody does.
    long epoch() {
        List<String> lead = new ArrayList<>();
        store().hmget(bytes("{" + stream + "}:lead"), bytes("epoch"), bytes("owner"))
                .forEach(
                        field ->
                                lead.add(
                                        new String(
                                                field.getValueOrElse(new byte[0]),
                                                StandardCharsets.UTF_8)));
        return lead.get(0).isEmpty() || lead.get(1).isEmpty() ? 0 : Long.parseLong(lead.get(0));
    }

    /// The epochs of the lead and of every worker's lane: each counts how often it changed hands.
    Map<String, Long> epochs() {
        Map<String, Long> epochs = new TreeMap<>();
        epochs.put("lead", epoch());
        for (Child worker : fleet.workers()) {
            byte[] lane =
                    store().hget(bytes("{" + stream + "}:worker:" + worker.id()), bytes("epoch"));
            epochs.put(worker.id(), Long.valueOf(new String(lane, StandardCharsets.UTF_8)));
        }
        return epochs;
    }

    /// How many connections are subscribed to the data channel.
    long subscribers() {
        return source().pubsubNumsub(bytes(channel)).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /// Waits until every dispatcher is subscribed.
    void awaitSubscribers() throws InterruptedException {
        await(() -> subscribers() >= settings.dispatchers(), "all dispatchers to subscribe");
    }

    /// How many messages were buried.
    long deadLetters() {
        return store().xlen(bytes("{" + stream + "}:dead"));
    }

    /// One line of what the store says about itself.
    ///
    /// @return empty if it does not say it
    String storeInfo(String section, String name) {
        return store().info(section)
                .lines()
                .filter(line -> line.startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElse("");
    }

    /// Starts a dispatcher again, and notes how long it takes until it listens.
    void timeStart(Child dispatcher) throws InterruptedException {
        long before = subscribers();
        long began = System.nanoTime();
        dispatcher.restart();
        await(() -> subscribers() > before, "the dispatcher to come back");
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        slowestStart = slowestStart.compareTo(took) < 0 ? took : slowestStart;
    }

    /// The longest time that a process of this run took until it listened.
    Duration slowestStart() {
        return slowestStart;
    }

    /// Waits until the last fault is over for everybody: each dispatcher is in sync, one of them leads.
    void awaitWhole() throws InterruptedException {
        awaitSubscribers();
        await(
                () ->
                        epoch() > 0
                                && fleet.dispatchers().stream()
                                        .allMatch(child -> child.alive() && child.inSync()),
                "all dispatchers to be in sync and one to lead");
    }

    /// Waits, while the servers may be away, for something that ought to happen.
    ///
    /// @throws IllegalStateException if it does not
    void await(BooleanSupplier condition, String what) throws InterruptedException {
        await(condition, settings.slack().multipliedBy(PATIENCE), what);
    }

    /// The same with a patience of its own.
    void await(BooleanSupplier condition, Duration patience, String what)
            throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (System.nanoTime() < deadline) {
            try {
                if (condition.getAsBoolean()) {
                    return;
                }
            } catch (RedisException e) {
                // The server is away; that is what this is about.
            }
            sleep(LOOK);
        }
        throw new IllegalStateException(
                "waited " + patience.toSeconds() + " s in vain for " + what);
    }

    void sleep(Duration duration) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(duration.toNanos());
    }

    /// Cuts subscriptions at the source.
    ///
    /// @param names which clients, by a regular expression over their names
    /// @return how many there were
    int cutSubscriptions(String names) {
        int cut = 0;
        String clients = source().clientList(io.lettuce.core.ClientListArgs.Builder.typePubsub());
        for (String client : clients.lines().toList()) {
            Matcher id = CLIENT_ID.matcher(client);
            Matcher name = CLIENT_NAME.matcher(client);
            if (id.find() && name.find() && name.group(1).matches(names)) {
                source().clientKill(KillArgs.Builder.id(Long.parseLong(id.group(1))));
                cut++;
            }
        }
        return cut;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
