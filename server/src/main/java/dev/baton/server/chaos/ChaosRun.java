package dev.baton.server.chaos;

import dev.baton.redis.RedisConnector;
import dev.baton.redis.RedisUnreachableException;
import dev.baton.redis.StoreConnection;
import dev.baton.slice.Books;
import dev.baton.slice.PipelineBooks;
import dev.baton.source.Listening;
import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.RedisException;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// One chaos run from the first process to the account. Used by one thread, once.
public final class ChaosRun implements AutoCloseable {

    private static final Duration START_PATIENCE = Duration.ofMinutes(2);
    private static final Duration LOOK = Duration.ofMillis(20);
    private static final int MAX_READS = 5;

    private final ChaosSettings settings;
    private final Plan plan;
    private final Consumer<String> say;
    private final BooleanSupplier stop;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Path folder;
    private final History history;
    private final List<String> failures = new ArrayList<>();

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
        this.history = new History(settings);
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
        Site site = opened(Site.open(settings));
        RedisConnector storeConnector = opened(new RedisConnector(site.store(), "baton-chaos"));
        RedisConnector sourceConnector = opened(new RedisConnector(site.source(), "baton-chaos"));
        boolean sharded = settings.layout().sharded();
        SourceNode source = opened(new SourceNode(sourceConnector, site.channel(), sharded));
        StoreConnection store = opened(storeConnector.store());
        if (settings.needed(Fault.Need.USER)) {
            addUser(store.sync(), site.run());
            addUser(source.commands(), site.run());
        }
        if (settings.redis() != null) {
            open.push(() -> site.deleteKeys(store.sync()));
        }
        Marker marker = new Marker(site.run());
        Ground ground =
                new Ground(
                        settings,
                        site,
                        opened(new Fleet(settings, site, folder)),
                        opened(
                                new Load(
                                        source.connect(),
                                        site.channel(),
                                        sharded,
                                        site.run(),
                                        settings.rate(),
                                        settings.size())),
                        source,
                        store,
                        opened(PipelineBooks.open(storeConnector, site.slices())),
                        opened(new Recorder(source, listening(site, sharded), site.stream())),
                        new Harvest(site.slices(), marker));
        Onlooker onlooker =
                opened(
                        new Onlooker(
                                new Harvest(site.slices(), marker),
                                storeConnector.store(),
                                PipelineBooks.open(storeConnector, site.slices())));
        return run(ground, onlooker);
    }

    private static Listening listening(Site site, boolean sharded) {
        List<String> channels = List.of(site.channel());
        return sharded ? new Listening.Sharded(channels) : new Listening.Channels(channels);
    }

    private ChaosResult run(Ground ground, Onlooker onlooker) throws InterruptedException {
        ground.fleet().start();
        awaitReady(ground);
        long firstClaims = ground.leads().claims();
        onlooker.start();
        long offset = storeMillis(ground) - System.currentTimeMillis();
        long began = System.currentTimeMillis() + offset;
        ground.load().start();
        disturb(ground, System.nanoTime(), offset);
        long ended = System.currentTimeMillis() + offset;
        ground.load().stop();
        ground.fleet().restore();
        boolean drained = drain(ground);
        onlooker.stop();
        return account(
                ground,
                onlooker,
                firstClaims,
                new Account.Span(began, ended, drained, ground.slowestStart()));
    }

    private <T extends AutoCloseable> T opened(T one) {
        open.push(one);
        return one;
    }

    private static void addUser(RedisClusterCommands<byte[], byte[]> at, String password) {
        at.aclSetuser(
                Site.USER,
                AclSetuserArgs.Builder.on()
                        .addPassword(password)
                        .allKeys()
                        .allChannels()
                        .allCommands());
    }

    private void awaitReady(Ground ground) throws InterruptedException {
        ground.await(
                () ->
                        ground.leads().staffed(settings.workers())
                                && ground.subscribers() >= settings.dispatchers()
                                && ground.leads().all(),
                START_PATIENCE,
                "every process to start and one to lead; their logs are in " + folder);
    }

    private static long storeMillis(Ground ground) {
        List<byte[]> time = ground.store().time();
        return Long.parseLong(new String(time.get(0), StandardCharsets.US_ASCII)) * 1_000
                + Long.parseLong(new String(time.get(1), StandardCharsets.US_ASCII)) / 1_000;
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
            if (ground.takeStrayed()) {
                say.accept("the cluster, too busy, replaced a node by itself");
                history.noteLoss();
            }
            long at = System.currentTimeMillis() + offset;
            attempt(step.fault(), "", () -> inject(step, ground));
            history.add(step.fault(), at, ground.takeNotedLoss());
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
        } catch (RedisException
                | CompletionException
                | RedisUnreachableException
                | IllegalStateException
                | UncheckedIOException e) {
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
    private boolean drain(Ground ground) throws InterruptedException {
        long quiet = settings.lease().plus(settings.beat().multipliedBy(3)).toNanos();
        long shortly = settings.beat().multipliedBy(2).toNanos();
        int heard = ground.load().answers().heard().cardinality();
        long deadline = System.nanoTime() + settings.drain().toNanos();
        long accepted = -1;
        long since = System.nanoTime();
        while (System.nanoTime() < deadline) {
            try {
                PipelineBooks.Look now = ground.books();
                if (now.sum(Books::accepted) != accepted
                        || now.sum(Books::backlog) + now.sum(books -> books.retry()) > 0
                        || !ground.leads().all()) {
                    accepted = now.sum(Books::accepted);
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

    private ChaosResult account(
            Ground ground, Onlooker onlooker, long firstClaims, Account.Span span) {
        if (!span.drained()) {
            ground.fleet().pause();
        }
        Harvest harvest = patiently(ground::harvested);
        PipelineBooks.Look books = patiently(ground::books);
        ground.fleet().resume();
        Account account = new Account(settings, history, onlooker, harvest, books, span);
        Verdict verdict = account.verdict(ground.load().answers());
        List<ChaosResult.Disturbance> disturbances = account.disturbances();
        long takeovers = Math.max(0, patiently(ground.leads()::claims) - firstClaims);
        List<String> violations = new ArrayList<>(failures);
        violations.addAll(account.violations(verdict, disturbances, ground.fleet().stop()));
        return new ChaosResult(
                settings.seed(),
                verdict,
                disturbances,
                onlooker.shares(),
                takeovers,
                account.longestStallMillis(),
                harvest.missingFrom(onlooker.tail()),
                account.gaps().size(),
                harvest.reasons(),
                books.balanced(),
                List.copyOf(violations),
                violations.isEmpty() ? "" : folder.toString());
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

    /// Ends every process and server, and deletes what was temporary, but for logs of a run that went wrong.
    @Override
    public void close() {
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
}
