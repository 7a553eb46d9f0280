package dev.baton.server.chaos;

import dev.baton.redis.RedisUnreachableException;
import dev.baton.redis.StoreConnection;
import dev.baton.server.embedded.EmbeddedRedis;
import dev.baton.slice.Books;
import dev.baton.slice.PipelineBooks;
import io.lettuce.core.KillArgs;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.RedisException;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XTrimArgs;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What faults act on: the processes, the servers, and a hand on each of them.
final class Ground {

    private static final Duration LOOK = Duration.ofMillis(20);
    private static final Duration ASK_EVERY = Duration.ofSeconds(1);

    /// So many times the slack is waited for what ought to happen.
    private static final int PATIENCE = 10;

    private static final Pattern CLIENT_ID = Pattern.compile("\\bid=(\\d+)");
    private static final Pattern CLIENT_NAME = Pattern.compile(" name=(\\S*)");

    private final ChaosSettings settings;
    private final Site site;
    private final Fleet fleet;
    private final Load load;
    private final SourceNode source;
    private final StoreConnection store;
    private final PipelineBooks books;
    private final Recorder recorder;
    private final Harvest harvest;
    private final Leads leads;
    private Duration slowestStart = Duration.ZERO;
    private boolean lossNoted;
    private boolean strayed;

    /// @param harvest takes what is taken out of the store before the account
    Ground(
            ChaosSettings settings,
            Site site,
            Fleet fleet,
            Load load,
            SourceNode source,
            StoreConnection store,
            PipelineBooks books,
            Recorder recorder,
            Harvest harvest) {
        this.settings = settings;
        this.site = site;
        this.fleet = fleet;
        this.load = load;
        this.source = source;
        this.store = store;
        this.books = books;
        this.recorder = recorder;
        this.harvest = harvest;
        this.leads = new Leads(store, site.slices());
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
        return Site.USER;
    }

    /// Where messages are published.
    String channel() {
        return site.channel();
    }

    /// Where leaders and dispatchers talk about what they heard.
    String controlChannel() {
        return recorder.channel();
    }

    RedisCommands<byte[], byte[]> source() {
        return source.commands();
    }

    RedisClusterCommands<byte[], byte[]> store() {
        return store.sync();
    }

    /// The connection behind [#store].
    StoreConnection storeConnection() {
        return store;
    }

    /// The store's own process.
    ///
    /// @throws IllegalStateException if the server is not ours
    EmbeddedRedis storeServer() {
        return site.storeServer();
    }

    /// The cluster's nodes.
    ///
    /// @throws IllegalStateException if it is no cluster of ours
    ClusterNodes nodes() {
        return site.nodes();
    }

    /// The output stream of each slice.
    List<String> streams() {
        return leads.streams();
    }

    /// The books of all slices.
    PipelineBooks.Look books() {
        return books.read();
    }

    /// What waits in the lanes of a slice.
    long backlog(String stream) {
        Books slice = books().slices().get(stream);
        return slice == null ? 0 : slice.backlog();
    }

    /// Takes all but the last entry out of a slice's stream, and keeps what was taken for the account. Only while nothing can
    /// be lost of it.
    void trim(String stream) {
        String last = harvest.slice(stream).readOutput(store);
        if (!last.isEmpty()) {
            store().xtrim(bytes(stream), XTrimArgs.Builder.minId(last));
        }
    }

    /// Everything that came out, with what is still under way. For the end.
    Harvest harvested() {
        harvest.readStreams(store);
        harvest.readHeld(store);
        return harvest;
    }

    /// Whether everybody listens at the server of a port on this machine.
    boolean listensAt(int port) {
        return source.server().getPort() == port;
    }

    /// The server at which everybody listens is another now: the load goes there, and whoever looks.
    void followSource() throws InterruptedException {
        await(
                () -> {
                    follow();
                    return true;
                },
                "the server that serves the channel now");
    }

    private void follow() {
        source.follow();
        recorder.follow(source);
        load.follow(source.connect());
    }

    /// The fault that goes on makes Pub/Sub itself lose messages.
    void noteLoss() {
        lossNoted = true;
    }

    /// Whether that was said since the last time.
    boolean takeNotedLoss() {
        boolean noted = lossNoted;
        lossNoted = false;
        return noted;
    }

    /// Who leads a slice, one that chance says; waits a while for somebody to.
    Child leader(SplittableRandom dice) throws InterruptedException {
        return leader(Chance.any(streams(), dice));
    }

    /// Who leads a slice; waits a while for somebody to.
    Child leader(String stream) throws InterruptedException {
        Child[] found = new Child[1];
        await(
                () -> {
                    long epoch = leads.epoch(stream);
                    Child leader = epoch == 0 ? null : fleet.leaderIn(stream, epoch);
                    if (leader != null) {
                        found[0] = leader;
                    }
                    return leader != null;
                },
                "a leader of " + stream);
        return found[0];
    }

    /// Who leads what.
    Leads leads() {
        return leads;
    }

    /// How many connections are subscribed to the data channel.
    long subscribers() {
        return source.subscribers();
    }

    /// Waits until every dispatcher is subscribed. A cluster that is too busy replaces a node by itself: all go there, and so do
    /// we.
    private void awaitSubscribers() throws InterruptedException {
        long[] asked = {System.nanoTime()};
        await(
                () -> {
                    boolean here = subscribers() >= settings.dispatchers();
                    if (!here
                            && site.hasNodes()
                            && System.nanoTime() - asked[0] > ASK_EVERY.toNanos()) {
                        asked[0] = System.nanoTime();
                        followIfMoved();
                    }
                    return here;
                },
                "all dispatchers to subscribe");
    }

    private void followIfMoved() {
        if (source.moved()) {
            follow();
            strayed = true;
        }
    }

    /// Whether the server that serves the channel became another one, and nobody had done that, since the last time.
    boolean takeStrayed() {
        boolean was = strayed;
        strayed = false;
        return was;
    }

    /// The newest dead letter of each slice.
    Map<String, String> newestDead() {
        Map<String, String> newest = new HashMap<>();
        for (String stream : streams()) {
            store().xrevrange(dead(stream), Range.unbounded(), Limit.from(1))
                    .forEach(letter -> newest.put(stream, letter.getId()));
        }
        return newest;
    }

    /// Whether a message was buried for this reason since.
    ///
    /// @param newest as they were then
    boolean buriedSince(Map<String, String> newest, String reason) {
        return streams().stream()
                .flatMap(
                        stream ->
                                store()
                                        .xrange(
                                                dead(stream),
                                                Range.from(
                                                        Range.Boundary.excluding(
                                                                newest.getOrDefault(stream, "0-0")),
                                                        Range.Boundary.unbounded()))
                                        .stream())
                .anyMatch(letter -> hasReason(letter, reason));
    }

    private static boolean hasReason(StreamMessage<byte[], byte[]> letter, String reason) {
        return letter.getBody().entrySet().stream()
                .anyMatch(
                        field ->
                                Arrays.equals(field.getKey(), bytes("reason"))
                                        && Arrays.equals(field.getValue(), bytes(reason)));
    }

    private static byte[] dead(String stream) {
        return bytes("{" + stream + "}:dead");
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

    /// Waits until everybody is well: nodes are whole, each dispatcher is in sync, every slice is led and
    /// has come past what the fault may have left behind.
    void awaitWhole() throws InterruptedException {
        if (site.hasNodes()) {
            await(() -> nodes().whole(), "the cluster to be whole");
        }
        awaitSubscribers();
        await(
                lasting(
                        settings.beat().multipliedBy(2),
                        () ->
                                leads.all()
                                        && fleet.dispatchers().stream()
                                                .allMatch(
                                                        child -> child.alive() && child.inSync())),
                "all dispatchers to be in sync and every slice to be led");
        awaitProgress();
    }

    /// True when something was true for a while: what a dispatcher that stands by looks at once a beat, it may not know yet.
    private static BooleanSupplier lasting(Duration least, BooleanSupplier condition) {
        long[] since = {System.nanoTime()};
        return () -> {
            boolean holds = false;
            try {
                holds = condition.getAsBoolean();
            } finally {
                if (!holds) {
                    since[0] = System.nanoTime();
                }
            }
            return holds && System.nanoTime() - since[0] >= least.toNanos();
        };
    }

    /// A leader may still have to declare what nobody heard, and waits before it does: until then its slice stands still.
    private void awaitProgress() throws InterruptedException {
        List<String> farthest = new ArrayList<>();
        await(() -> farthest.add(Collections.max(leads.watermarks())), "the store to answer");
        await(
                () ->
                        leads.watermarks().stream()
                                .allMatch(now -> now.compareTo(farthest.getFirst()) > 0),
                "every slice to go on");
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
            } catch (RedisException | CompletionException | RedisUnreachableException e) {
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
    /// @throws IllegalStateException if there were none
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
        if (cut == 0) {
            throw new IllegalStateException("no subscription was there to cut");
        }
        return cut;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
