package dev.baton.simulation;

import dev.baton.dispatch.DispatcherSettings;
import dev.baton.dispatch.SimulatedDispatcher;
import dev.baton.redis.RedisAddress;
import dev.baton.slice.Leadership;
import dev.baton.slice.SliceModel;
import dev.baton.slice.Transport;
import dev.baton.source.Listening;
import dev.baton.worker.RetryPolicy;
import dev.baton.worker.SimulatedWorker;
import dev.baton.worker.WorkerSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// One life: processes, a source and a store drawn from a seed; messages while faults go on; then everything heals, and
/// what has become of the messages is judged.
final class World {

    /// After the faults: longer than a call may take to fail, an election and a backoff together.
    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(6);

    /// Messages published in the healed world: they must come through.
    private static final int LAST_MESSAGES = 3;

    private static final int CLOCK_HEALED_MILLIS = 7_200_000;
    private static final long RECOVERY_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long MAX_RETAINED_BYTES = 1 << 20;

    private static final List<Fault> FAULTS = List.of(Fault.values());

    private static final RetryPolicy RETRIES =
            new RetryPolicy(3, Duration.ofMillis(200), Duration.ofMillis(300));
    private static final Duration PROCESS_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration RETENTION = Duration.ofMillis(1_500);
    private static final RedisAddress NOWHERE = RedisAddress.parse(RedisAddress.DEFAULT);

    private final SplittableRandom random;
    private final Plan plan;
    private final Scheduler scheduler = new Scheduler();
    private final Trace trace;
    private final SimulatedStore store;
    private final SimulatedChannel channel;
    private final Delays delays;
    private final Trouble trouble = new Trouble();
    private final List<Dispatching> dispatchers = new ArrayList<>();
    private final List<Working> workers = new ArrayList<>();
    private final List<Long> publishedAtNanos = new ArrayList<>();
    private int incarnations;
    private int mostImpatient;
    private @Nullable Account account;

    /// A role's place, filled by one process after another.
    private final class Dispatching {
        final String name;
        SimulatedProcess process;
        List<SimulatedSlice> slices;
        SimulatedDispatcher duty;

        Dispatching(String name) {
            this.name = name;
            this.process = newProcess(name);
            this.slices = newSlices(process);
            this.duty = start();
        }

        private SimulatedDispatcher start() {
            SimulatedProcess its = process;
            SplittableRandom ids = random.split();
            SimulatedDispatcher made =
                    new SimulatedDispatcher(
                            dispatcherSettings(name),
                            wake -> channel.subscribe(its, wake),
                            List.copyOf(slices),
                            () -> its.name() + "-" + Long.toHexString(ids.nextLong() >>> 40),
                            task -> its.after(delays.next(random), task),
                            its::wake,
                            random.split());
            its.start(made);
            return made;
        }

        void restart() {
            if (!process.alive()) {
                process = newProcess(name);
                slices = newSlices(process);
                duty = start();
            }
        }
    }

    private final class Working {
        final String name;
        SimulatedProcess process;
        List<SimulatedSlice> slices;
        SimulatedWorker duty;

        Working(String name) {
            this.name = name;
            this.process = newProcess(name);
            this.slices = newSlices(process);
            this.duty = start();
        }

        private SimulatedWorker start() {
            SimulatedProcess its = process;
            SplittableRandom ids = random.split();
            SimulatedWorker made =
                    new SimulatedWorker(
                            workerSettings(name),
                            List.copyOf(slices),
                            () -> its.name() + "-" + Long.toHexString(ids.nextLong() >>> 40),
                            Payloads::process,
                            () -> 1 + random.nextLong(plan.processingNanos()),
                            its::after,
                            its::wake,
                            random.split());
            its.start(made);
            return made;
        }

        void restart() {
            if (!process.alive()) {
                process = newProcess(name);
                slices = newSlices(process);
                duty = start();
            }
        }
    }

    private World(long seed, boolean traced, Function<LongSupplier, SliceModel> maker) {
        random = new SplittableRandom(seed);
        plan = Plan.draw(random);
        trace = new Trace(scheduler, traced);
        Transport transport = transportOf(seed);
        trace.line("world", transport::toString);
        delays = new Delays(plan.usualMicros(), plan.longMillis(), plan.longOnes());
        store = new SimulatedStore(scheduler, trace, plan.slices(), transport, maker);
        channel = new SimulatedChannel(scheduler, trace, random, delays, trouble);
        trace.line("world", plan::toString);
        for (int i = 0; i < plan.dispatchers(); i++) {
            dispatchers.add(new Dispatching("d" + i));
        }
        for (int i = 0; i < plan.workers(); i++) {
            workers.add(new Working("w" + i));
        }
    }

    /// By the seed alone, so that a life with lists stays the one it was; every other seed lives with a group.
    static Transport transportOf(long seed) {
        return seed % 2 == 0 ? Transport.GROUP : Transport.LISTS;
    }

    /// How a life went.
    ///
    /// @param violation the promise that was broken, or null
    /// @param trace what happened, if it was kept
    record Result(
            long seed,
            @Nullable Violation violation,
            int messages,
            int missing,
            int repeated,
            int gaps,
            long counted,
            int takeovers,
            int refused,
            int mostImpatient,
            long events,
            Trace trace) {}

    /// Lives one life.
    ///
    /// @param traced whether what happens is kept
    /// @param maker makes the slice
    static Result live(long seed, boolean traced, Function<LongSupplier, SliceModel> maker) {
        World world = new World(seed, traced, maker);
        Violation violation = null;
        try (LogTap tap = traced ? LogTap.into(world.trace) : LogTap.nowhere()) {
            world.live();
        } catch (Violation broken) {
            violation = broken;
            world.trace.line("world", broken::getMessage);
        }
        return world.result(seed, violation);
    }

    private Result result(long seed, @Nullable Violation violation) {
        dispatchers.forEach(role -> note(role.process));
        workers.forEach(role -> note(role.process));
        return new Result(
                seed,
                violation,
                channel.published().size(),
                account == null ? 0 : account.missing(),
                account == null ? 0 : account.repeated(),
                account == null ? 0 : account.gaps(),
                account == null ? 0 : account.counted(),
                store.slices().stream().mapToInt(Witness::takeovers).sum(),
                store.slices().stream().mapToInt(Witness::refused).sum(),
                mostImpatient,
                scheduler.asked(),
                trace);
    }

    private void live() {
        long span = TimeUnit.MILLISECONDS.toNanos(plan.spanMillis());
        trouble.lostCalls = plan.troublesome() / 2;
        trouble.lostAnswers = plan.troublesome();
        trouble.strayCalls = plan.troublesome() / 2;
        trouble.overtakers = plan.troublesome();
        for (int i = 0; i < plan.messages(); i++) {
            scheduler.at(random.nextLong(span), () -> publish(plan.payloadBytes()));
        }
        for (int i = 0; i < plan.faults(); i++) {
            Fault fault = any(FAULTS);
            scheduler.at(random.nextLong(span), () -> happen(fault));
        }
        scheduler.at(span, this::heal);
        runUntil(span + SETTLE_NANOS);
        int first = channel.published().size();
        for (int i = 0; i < LAST_MESSAGES; i++) {
            scheduler.after(
                    i * LOOK_NANOS, () -> publish(Payloads.good(channel.published().size())));
        }
        long deadline = scheduler.nowNanos() + RECOVERY_NANOS;
        Account last;
        do {
            // One that was told to go may take long over what it held.
            dispatchers.forEach(Dispatching::restart);
            workers.forEach(Working::restart);
            runUntil(scheduler.nowNanos() + LOOK_NANOS);
            last = new Account(channel.published(), store.slices());
            if (scheduler.nowNanos() > deadline) {
                throw new Violation(
                        Violation.Promise.RECOVERS,
                        "the last messages did not come through: "
                                + store.slices().stream()
                                        .map(slice -> slice.model().books())
                                        .toList());
            }
        } while (!done(last, first + LAST_MESSAGES));
        judge(last);
    }

    private boolean done(Account last, int messages) {
        return channel.published().size() == messages
                && last.present(messages - 1)
                && store.slices().stream()
                        .map(slice -> slice.model().books())
                        .allMatch(books -> books.backlog() + books.retry() == 0);
    }

    private void judge(Account last) {
        account = last;
        store.slices().forEach(Witness::everythingOnce);
        int first = 0;
        while (!last.present(first)) {
            first++;
        }
        int beginning = first;
        last.check(
                number ->
                        publishedAtNanos.get(number) <= store.emptiedAtNanos()
                                || (number < beginning
                                        && publishedAtNanos.get(number)
                                                <= store.firstLedAtNanos()));
    }

    private void runUntil(long nanos) {
        boolean[] reached = {false};
        scheduler.at(nanos, () -> reached[0] = true);
        while (!reached[0] && scheduler.step()) {
            // Each step is judged by the witness.
        }
    }

    private void publish(int bytes) {
        publish(Payloads.make(channel.published().size(), bytes, random));
    }

    private void publish(byte[] payload) {
        publishedAtNanos.add(scheduler.nowNanos());
        channel.publish(payload);
    }

    private void happen(Fault fault) {
        trace.line("fault", fault::toString);
        switch (fault) {
            case DISPATCHER_KILLED -> kill(any(dispatchers));
            case LEADER_KILLED -> kill(leader());
            case DISPATCHER_PAUSED -> pause(any(dispatchers), leases(1));
            case LEADER_PAUSED -> pause(leader(), leases(2));
            case LEADER_PAUSED_LONG -> pause(leader(), leases(8));
            case DISPATCHER_STOPPED -> stop(any(dispatchers));
            case WORKER_KILLED -> kill(any(workers), timeouts(1));
            case WORKER_KILLED_FOR_GOOD -> kill(any(workers), timeouts(6));
            case WORKER_PAUSED -> pause(any(workers), timeouts(2));
            case WORKER_PAUSED_LONG -> pause(any(workers), timeouts(6));
            case WORKER_QUIET -> quiet(any(workers), false);
            case WORKER_GIVES_UP -> quiet(any(workers), true);
            case SUBSCRIPTION_CUT -> channel.cut(any(dispatchers).process);
            case LEADER_SUBSCRIPTION_CUT -> channel.cut(leader().process);
            case ALL_SUBSCRIPTIONS_CUT -> channel.cutAll();
            case SOURCE_AWAY -> sourceAway(leases(4));
            case SOURCE_RESTARTED -> channel.restart();
            case STRAY_CONTROL -> channel.stray();
            case CONNECTION_CUT -> cutAny();
            case LEADER_CONNECTION_CUT -> leader().slices.forEach(SimulatedSlice::cut);
            case STORE_FROZEN -> freeze(leases(2));
            case STORE_FROZEN_LONG -> freeze(leases(15));
            case STORE_LOST_TAIL -> loseTail(random.nextLong(RETENTION.toNanos() * 3 / 4));
            case STORE_EMPTIED -> loseTail(Long.MAX_VALUE);
            case STORE_CLOCK_SET -> store.setClock(random.nextLong(-3_600_000, 3_600_000));
        }
    }

    private long leases(int most) {
        return random.nextLong(plan.lease().toNanos() * most);
    }

    private long timeouts(int most) {
        return random.nextLong(plan.workerTimeout().toNanos() * most);
    }

    private <T> T any(List<T> roles) {
        return roles.get(random.nextInt(roles.size()));
    }

    /// Who leads, or any if nobody does.
    private Dispatching leader() {
        Leadership rightful = any(store.slices()).rightful();
        for (Dispatching role : dispatchers) {
            if (rightful != null && rightful.owner().startsWith(role.process.name() + "-")) {
                return role;
            }
        }
        return any(dispatchers);
    }

    private void kill(Dispatching role) {
        kill(role.process, role.slices);
        scheduler.after(leases(4), role::restart);
    }

    private void kill(Working role, long restartNanos) {
        kill(role.process, role.slices);
        scheduler.after(restartNanos, role::restart);
    }

    private void kill(SimulatedProcess process, List<SimulatedSlice> slices) {
        slices.forEach(SimulatedSlice::cut);
        channel.cut(process);
        process.kill();
        note(process);
    }

    private void pause(Dispatching role, long nanos) {
        pause(role.process, role.slices, nanos);
    }

    private void pause(Working role, long nanos) {
        pause(role.process, role.slices, nanos);
    }

    private void pause(SimulatedProcess process, List<SimulatedSlice> slices, long nanos) {
        if (process.alive()) {
            process.pause();
            slices.forEach(SimulatedSlice::paused);
            scheduler.after(nanos, process::goOn);
        }
    }

    private void stop(Dispatching role) {
        role.duty.stop();
        scheduler.after(leases(6), role::restart);
    }

    private void quiet(Working role, boolean giveUp) {
        if (giveUp) {
            role.duty.giveUp();
        } else {
            role.duty.quiet();
        }
        role.process.wake();
        scheduler.after(timeouts(6), role::restart);
    }

    private void cutAny() {
        if (random.nextBoolean()) {
            any(dispatchers).slices.forEach(SimulatedSlice::cut);
        } else {
            any(workers).slices.forEach(SimulatedSlice::cut);
        }
    }

    private void sourceAway(long nanos) {
        channel.away(true);
        channel.cutAll();
        scheduler.after(nanos, () -> channel.away(false));
    }

    private void freeze(long nanos) {
        store.freeze();
        scheduler.after(nanos, store::thaw);
    }

    private void loseTail(long nanos) {
        dispatchers.forEach(role -> role.slices.forEach(SimulatedSlice::cut));
        workers.forEach(role -> role.slices.forEach(SimulatedSlice::cut));
        if (nanos == Long.MAX_VALUE) {
            store.empty();
        } else {
            store.loseTailOf(nanos);
        }
    }

    /// From now on nothing goes wrong any more, but what is under way still is.
    private void heal() {
        trace.line("world", () -> "heals");
        trouble.end();
        delays.heal();
        store.thaw();
        // What waits for its time must not wait for a clock that was set back.
        store.setClock(CLOCK_HEALED_MILLIS);
        channel.away(false);
        dispatchers.forEach(role -> role.process.goOn());
        workers.forEach(role -> role.process.goOn());
        for (long later = 0; later < SETTLE_NANOS / 2; later += LOOK_NANOS * 5) {
            scheduler.after(later, () -> dispatchers.forEach(Dispatching::restart));
            scheduler.after(later, () -> workers.forEach(Working::restart));
        }
    }

    private void note(SimulatedProcess process) {
        mostImpatient = Math.max(mostImpatient, process.mostImpatient());
    }

    private SimulatedProcess newProcess(String role) {
        String name = role + "." + incarnations++;
        long origin = 1 + random.nextLong(1L << 50);
        return new SimulatedProcess(name, scheduler, trace, random.split(), origin);
    }

    private List<SimulatedSlice> newSlices(SimulatedProcess process) {
        List<SimulatedSlice> made = new ArrayList<>();
        for (int number = 0; number < plan.slices(); number++) {
            made.add(
                    new SimulatedSlice(
                            process,
                            scheduler,
                            trace,
                            store,
                            number,
                            random.split(),
                            delays,
                            trouble));
        }
        return made;
    }

    private DispatcherSettings dispatcherSettings(String name) {
        return DispatcherSettings.builder(name, NOWHERE)
                .listening(new Listening.Channels(List.of("in")))
                .stream("out")
                .slices(plan.slices())
                .lease(plan.lease())
                .beat(plan.beat())
                .workerTimeout(plan.workerTimeout())
                .maxBatchEntries(plan.batchEntries())
                .linger(plan.linger())
                .maxRetainedBytes(MAX_RETAINED_BYTES)
                .overflow(plan.overflow())
                .retention(RETENTION)
                .markInterval(plan.markInterval())
                .maxBacklogEntries(plan.batchEntries() == 50 ? 60 : 0)
                .maxBacklogBytes(plan.batchEntries() == 5 ? 2_000 : 0)
                .strategy(plan.strategy())
                .build();
    }

    private WorkerSettings workerSettings(String name) {
        return WorkerSettings.builder(name, NOWHERE).stream("out")
                .slices(plan.slices())
                .concurrency(plan.concurrency())
                .beat(plan.beat())
                .processTimeout(PROCESS_TIMEOUT)
                .retries(RETRIES)
                .expiry(plan.expiry())
                .build();
    }
}
