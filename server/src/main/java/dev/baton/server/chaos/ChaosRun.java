package dev.baton.server.chaos;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.embedded.EmbeddedRedis;
import dev.baton.slice.Books;
import dev.baton.slice.SliceBooks;
import dev.baton.slice.SliceKeys;
import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One chaos run from the first process to the account. Used by one thread, once.
public final class ChaosRun implements AutoCloseable {

    private static final Duration READ_EVERY = Duration.ofMillis(50);
    private static final Duration START_PATIENCE = Duration.ofMinutes(2);
    private static final Duration LOOK = Duration.ofMillis(20);
    private static final int MAX_READS = 5;
    private static final String USER = "baton-chaos-role";

    private final ChaosSettings settings;
    private final Plan plan;
    private final Consumer<String> say;
    private final BooleanSupplier stop;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Path folder;
    private final String run;
    private final String channel;
    private final String stream;
    private final Marker marker;
    private final Harvest tail;
    private final Shares shares = new Shares();
    private final List<Injected> injected = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();

    /// A fault as it happened.
    ///
    /// @param fault which
    /// @param atMillis when it began, by the store's clock
    private record Injected(Fault fault, long atMillis) {}

    /// @param settings how it goes
    /// @param say takes a line for people whenever something happens
    /// @param stop asked often; true ends the load early
    /// @throws FaultUnavailableException if this system cannot do one of the faults
    public ChaosRun(ChaosSettings settings, Consumer<String> say, BooleanSupplier stop) {
        for (Fault fault : settings.faults()) {
            String whyNot = fault.whyNot();
            if (whyNot != null) {
                throw new FaultUnavailableException(fault, whyNot);
            }
        }
        this.settings = settings;
        this.plan = Plan.of(settings);
        this.say = say;
        this.stop = stop;
        this.run = "c" + HexFormat.of().toHexDigits(UUID.randomUUID().getMostSignificantBits());
        this.channel = "baton:chaos:" + run + ":published";
        this.stream = "baton:chaos:" + run;
        this.marker = new Marker(run);
        this.tail = new Harvest(stream, marker);
        try {
            this.folder = Files.createTempDirectory("baton-chaos-");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a folder for logs: " + e.getMessage(), e);
        }
    }

    /// Runs to the end.
    ///
    /// @throws dev.baton.redis.RedisUnreachableException if a given server does not answer
    public ChaosResult run() throws InterruptedException {
        EmbeddedRedis embeddedStore = settings.redis() == null ? embedded() : null;
        EmbeddedRedis embeddedSource = settings.split() ? embedded() : embeddedStore;
        RedisAddress store = address(embeddedStore);
        RedisAddress source = address(embeddedSource);
        RedisConnector storeConnector = opened(new RedisConnector(store, "baton-chaos"));
        RedisConnector sourceConnector = opened(new RedisConnector(source, "baton-chaos"));
        StatefulRedisConnection<byte[], byte[]> atStore = opened(storeConnector.connect());
        StatefulRedisConnection<byte[], byte[]> atSource = opened(sourceConnector.connect());
        if (settings.needed(Fault.Need.USER)) {
            addUser(atStore);
            addUser(atSource);
        }
        Fleet fleet =
                opened(
                        new Fleet(
                                settings,
                                endpoint(embeddedSource),
                                endpoint(embeddedStore),
                                channel,
                                stream,
                                folder));
        Load load =
                opened(new Load(sourceConnector, channel, run, settings.rate(), settings.size()));
        Ground ground =
                new Ground(
                        settings,
                        stream,
                        channel,
                        fleet,
                        load,
                        embeddedStore,
                        atSource,
                        atStore,
                        opened(new Recorder(sourceConnector, stream)),
                        USER);
        SliceBooks books = opened(SliceBooks.open(storeConnector, stream));
        Reading reading =
                new Reading(
                        opened(storeConnector.connect()),
                        opened(SliceBooks.open(storeConnector, stream)));
        return run(ground, books, reading);
    }

    /// What a reader reads from while the load is on.
    private record Reading(StatefulRedisConnection<byte[], byte[]> streams, SliceBooks books) {}

    private ChaosResult run(Ground ground, SliceBooks books, Reading reading)
            throws InterruptedException {
        ground.fleet().start();
        awaitReady(ground);
        long firstEpoch = ground.epoch();
        Thread reader =
                Thread.ofPlatform()
                        .daemon()
                        .name("baton-chaos-reader")
                        .start(() -> follow(reading));
        long offset = storeMillis(ground) - System.currentTimeMillis();
        long began = System.currentTimeMillis() + offset;
        ground.load().start();
        disturb(ground, System.nanoTime(), offset);
        long ended = System.currentTimeMillis() + offset;
        ground.load().stop();
        ground.fleet().restore();
        boolean drained = drain(ground, books);
        reader.interrupt();
        reader.join(TimeUnit.SECONDS.toMillis(10));
        return account(ground, books, new Span(firstEpoch, began, ended, drained));
    }

    /// What the account needs to know of the run.
    private record Span(long firstEpoch, long beganMillis, long endedMillis, boolean drained) {}

    private <T extends AutoCloseable> T opened(T one) {
        open.push(one);
        return one;
    }

    private EmbeddedRedis embedded() {
        return opened(
                EmbeddedRedis.start(
                        new EmbeddedRedis.Options(
                                null, 0, List.of("appendonly", "yes", "appendfsync", "everysec"))));
    }

    private RedisAddress address(@Nullable EmbeddedRedis embedded) {
        return RedisAddress.parse(
                embedded != null ? embedded.uri() : String.valueOf(settings.redis()));
    }

    private Fleet.Endpoint endpoint(@Nullable EmbeddedRedis embedded) {
        if (embedded != null) {
            String login = settings.needed(Fault.Need.USER) ? USER + ":" + run + "@" : "";
            return new Fleet.Endpoint("redis", login, "127.0.0.1", embedded.port(), "");
        }
        URI uri = URI.create(String.valueOf(settings.redis()));
        String login = uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo() + "@";
        int port = uri.getPort() < 0 ? 6379 : uri.getPort();
        String rest = uri.getRawPath() == null ? "" : uri.getRawPath();
        return new Fleet.Endpoint(uri.getScheme(), login, uri.getHost(), port, rest);
    }

    private void addUser(StatefulRedisConnection<byte[], byte[]> at) {
        at.sync()
                .aclSetuser(
                        USER,
                        AclSetuserArgs.Builder.on()
                                .addPassword(run)
                                .allKeys()
                                .allChannels()
                                .allCommands());
    }

    private void awaitReady(Ground ground) throws InterruptedException {
        byte[] workers = Ground.bytes("{" + stream + "}:workers");
        ground.await(
                () ->
                        ground.store().scard(workers) >= settings.workers()
                                && ground.subscribers() >= settings.dispatchers()
                                && ground.epoch() > 0,
                START_PATIENCE,
                "every process to start and one to lead; their logs are in " + folder);
    }

    private static long storeMillis(Ground ground) {
        List<byte[]> time = ground.store().time();
        return Long.parseLong(new String(time.get(0), StandardCharsets.US_ASCII)) * 1_000
                + Long.parseLong(new String(time.get(1), StandardCharsets.US_ASCII)) / 1_000;
    }

    /// A reader as users have one: it sees what is there before a fault takes it away.
    private void follow(Reading reading) {
        try {
            while (true) {
                try {
                    tail.readStreams(reading.streams());
                    shares.look(reading.books().read());
                } catch (RedisException | CompletionException e) {
                    // The store is away; what it has will be there later or was lost with it.
                }
                TimeUnit.NANOSECONDS.sleep(READ_EVERY.toNanos());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// A fault comes when the one before is over, for two at once are another experiment; what that takes beyond the plan
    /// moves all that follows.
    private void disturb(Ground ground, long beganNanos, long offset) throws InterruptedException {
        long from = beganNanos;
        for (Plan.Step step : plan.steps()) {
            if (!awaitMillis(from, step.atMillis())) {
                return;
            }
            long due = System.nanoTime();
            attempt(step.fault(), "before it", ground::awaitWhole);
            from += System.nanoTime() - due;
            injected.add(new Injected(step.fault(), System.currentTimeMillis() + offset));
            attempt(step.fault(), "", () -> inject(step, ground));
        }
        var _ = awaitMillis(from, settings.duration().toMillis());
    }

    private void inject(Plan.Step step, Ground ground) throws InterruptedException {
        String done = step.fault().inject(ground, new SplittableRandom(step.seed()));
        say.accept("%-20s %s".formatted(step.fault(), done));
    }

    private interface Attempt {
        void make() throws InterruptedException;
    }

    /// What cannot be done, or does not come about, is a finding like others: the account is made all the same.
    private void attempt(Fault fault, String when, Attempt attempt) throws InterruptedException {
        try {
            attempt.make();
        } catch (RedisException | IllegalStateException | UncheckedIOException e) {
            failures.add((fault + " " + when).strip() + ": " + e.getMessage());
        }
    }

    private boolean awaitMillis(long beganNanos, long millis) throws InterruptedException {
        while (System.nanoTime() - beganNanos < millis * 1_000_000) {
            if (stop.getAsBoolean()) {
                return false;
            }
            TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
        }
        return !stop.getAsBoolean();
    }

    /// Waits until nothing is under way, and nothing has come in for a while: two beats when every message is accounted
    /// for, in which a late writer shows, and as long as a takeover may take when some are not.
    private boolean drain(Ground ground, SliceBooks books) throws InterruptedException {
        long quiet = settings.lease().plus(settings.beat().multipliedBy(3)).toNanos();
        long shortly = settings.beat().multipliedBy(2).toNanos();
        int heard = ground.load().answers().heard().cardinality();
        long deadline = System.nanoTime() + settings.drain().toNanos();
        long accepted = -1;
        long since = System.nanoTime();
        while (System.nanoTime() < deadline) {
            try {
                Books now = books.read();
                if (now.accepted() != accepted
                        || now.backlog() + now.retry() > 0
                        || ground.epoch() == 0) {
                    accepted = now.accepted();
                    since = System.nanoTime();
                } else if (System.nanoTime() - since > (accepted >= heard ? shortly : quiet)) {
                    return true;
                }
            } catch (RedisException | CompletionException e) {
                since = System.nanoTime();
            }
            TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
        }
        return false;
    }

    private ChaosResult account(Ground ground, SliceBooks books, Span span) {
        if (!span.drained()) {
            ground.fleet().pause();
        }
        Harvest harvest = patiently(() -> harvest(ground));
        Books last = patiently(books::read);
        ground.fleet().resume();
        boolean emptied = injected.stream().anyMatch(one -> one.fault() == Fault.FLUSH_STORE);
        List<Gap> gaps = emptied ? harvest.gapsWith(tail) : harvest.gaps();
        Verdict verdict =
                Checker.check(
                        ground.load().answers(),
                        emptied ? harvest.foundWith(tail) : harvest.found(),
                        gaps);
        Stalls stalls = new Stalls(harvest.commitMillis(tail));
        List<ChaosResult.Disturbance> faults = disturbances(stalls, span, ground.slowestStart());
        long epoch = patiently(ground::epoch);
        long takeovers = Math.max(0, epoch - span.firstEpoch());
        Map<String, Integer> endedBadly = ground.fleet().stop();
        List<String> violations = new ArrayList<>(failures);
        violations.addAll(violations(verdict, gaps, faults));
        if (!last.balanced()) {
            violations.add(
                    "the books do not balance: accepted "
                            + last.accepted()
                            + ", accounted for "
                            + last.accountedFor());
        }
        if (!span.drained()) {
            violations.add(
                    "not drained within "
                            + settings.drain().toSeconds()
                            + " s: "
                            + (last.backlog() + last.retry())
                            + " under way, leader in epoch "
                            + epoch);
        }
        endedBadly.forEach((id, code) -> violations.add(id + " ended with exit code " + code));
        return new ChaosResult(
                settings.seed(),
                verdict,
                faults,
                shares.all(),
                takeovers,
                stalls.longest(span.beganMillis(), span.endedMillis(), span.endedMillis()),
                harvest.missingFrom(tail),
                gaps.size(),
                harvest.reasons(),
                last.balanced(),
                List.copyOf(violations),
                violations.isEmpty() ? "" : folder.toString());
    }

    private Harvest harvest(Ground ground) {
        Harvest harvest = new Harvest(stream, marker);
        harvest.readStreams(ground.storeConnection());
        harvest.readHeld(ground.storeConnection());
        return harvest;
    }

    /// Reads again when the server does not answer in time; the last failure is the caller's.
    private static <T> T patiently(Supplier<T> reading) {
        for (int attempt = 1; ; attempt++) {
            try {
                return reading.get();
            } catch (RedisException | CompletionException e) {
                if (attempt == MAX_READS) {
                    throw e;
                }
            }
        }
    }

    private List<String> violations(
            Verdict verdict, List<Gap> gaps, List<ChaosResult.Disturbance> faults) {
        List<String> violations = new ArrayList<>();
        if (!verdict.clean()) {
            violations.addAll(verdict.evidence());
        }
        for (ChaosResult.Disturbance one : faults) {
            if (one.longestMillis() > one.boundMillis()) {
                violations.add(
                        "%s: no commit for %d ms, bound %d ms"
                                .formatted(one.fault(), one.longestMillis(), one.boundMillis()));
            }
        }
        if (injected.stream().anyMatch(one -> one.fault() == Fault.SLOW_WORKER)) {
            addLongLanes(violations);
        }
        if (!settings.allowGaps()) {
            gaps.stream()
                    .filter(gap -> !calledFor(gap))
                    .forEach(gap -> violations.add("a gap that no fault calls for: " + gap));
        }
        return violations;
    }

    /// One lane may grow; the others hold at most what comes in for them while a busy machine does something else.
    private void addLongLanes(List<String> violations) {
        long most = settings.rate() * settings.slack().toMillis() / 1_000 / settings.workers();
        if (shares.longestButOne() > most) {
            violations.add(
                    "slow-worker: a second lane held %d entries, at most %d are explained"
                            .formatted(shares.longestButOne(), most));
        }
    }

    /// Whether the gap comes of a fault that makes Pub/Sub lose messages. A store that lost its tail may have lost a
    /// declaration with it, which is then made again: a reader saw the first.
    private boolean calledFor(Gap gap) {
        return followsLoss(gap)
                || tail.gaps().stream().anyMatch(seen -> seen.overlaps(gap) && followsLoss(seen));
    }

    /// Whether the last fault before the gap was declared makes Pub/Sub lose messages.
    private boolean followsLoss(Gap gap) {
        Injected last = null;
        for (Injected one : injected) {
            if (one.atMillis() <= gap.atMillis()) {
                last = one;
            }
        }
        return last != null && last.fault().needs(Fault.Need.MAY_LOSE);
    }

    /// The longest stall that began between a fault and the next, for each kind of fault.
    private List<ChaosResult.Disturbance> disturbances(Stalls stalls, Span span, Duration start) {
        List<ChaosResult.Disturbance> all = new ArrayList<>();
        for (Fault fault : settings.faults().stream().distinct().toList()) {
            List<Long> longest = new ArrayList<>();
            for (int i = 0; i < injected.size(); i++) {
                if (injected.get(i).fault() == fault) {
                    long to =
                            i + 1 < injected.size()
                                    ? injected.get(i + 1).atMillis()
                                    : span.endedMillis();
                    longest.add(stalls.longest(injected.get(i).atMillis(), to, span.endedMillis()));
                }
            }
            if (!longest.isEmpty()) {
                longest.sort(null);
                all.add(
                        new ChaosResult.Disturbance(
                                fault,
                                longest.size(),
                                longest.get(longest.size() / 2),
                                longest.getLast(),
                                fault.bound(settings)
                                        .plus(
                                                fault.needs(Fault.Need.PROCESS_START)
                                                        ? start
                                                        : Duration.ZERO)
                                        .toMillis()));
            }
        }
        return all;
    }

    /// Ends every process and server, and deletes what was temporary, but for logs of a run that went wrong.
    @Override
    public void close() {
        if (settings.redis() != null) {
            deleteKeys();
        }
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                say.accept("closing failed: " + e.getMessage());
            }
        }
    }

    /// Deletes the logs; for a run that went well.
    public void deleteLogs() {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // A leftover in the system's temporary folder harms nobody.
        }
    }

    /// A given server is left as it was found.
    private void deleteKeys() {
        try (RedisConnector connector = new RedisConnector(address(null));
                StatefulRedisConnection<byte[], byte[]> store = connector.connect()) {
            List<String> names = new ArrayList<>(new SliceKeys(stream).types().keySet());
            for (byte[] worker : store.sync().smembers(Ground.bytes("{" + stream + "}:workers"))) {
                String id = new String(worker, StandardCharsets.UTF_8);
                names.add("{" + stream + "}:worker:" + id);
                names.add("{" + stream + "}:lane:" + id);
            }
            for (String name : names) {
                store.sync().unlink(Ground.bytes(name));
            }
        } catch (RuntimeException e) {
            say.accept("could not delete the keys of " + stream + ": " + e.getMessage());
        }
    }
}
