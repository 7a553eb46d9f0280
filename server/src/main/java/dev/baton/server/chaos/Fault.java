package dev.baton.server.chaos;

import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What can be broken. Each says how it is done, what it needs, and how long commits may stand still for it.
@SuppressWarnings("ImmutableEnumChecker") // functions without state, and a set that nobody changes
public enum Fault {
    KILL_LEADER("the leader is killed", Fault::takeover, Injections::killLeader),
    KILL_WORKER("a worker is killed", Fault::laneMoves, Injections::killWorker),
    PAUSE_LEADER(
            "the leader stands still for longer than its lease, then wakes",
            Fault::takeover,
            Injections::pauseLeader),
    LATE_DISPATCH(
            "what the leader sends to the store arrives when another leads already",
            Fault::takeover,
            Injections::lateDispatch,
            Need.PROXY),
    PAUSE_WORKER(
            "a worker stands still for longer than its timeout, then wakes",
            Fault::laneMoves,
            Injections::pauseWorker),
    CUT_LEADER("the leader's subscription is cut", Fault::takeover, Injections::cutLeader),
    CUT_ALL(
            "every subscription is cut at once",
            Fault::claimByForce,
            Injections::cutAll,
            Need.MAY_LOSE),
    BIG_MESSAGE(
            "a publication of 31 MB that just passes, or one of 33 MB that makes the server cut every subscriber",
            Fault::claimByForce,
            Injections::bigMessage,
            Need.MAY_LOSE,
            Need.OWN_REDIS),
    KILL_ALL_DISPATCHERS(
            "every dispatcher is killed, one comes back, then the others",
            settings -> claimByForce(settings).plus(settings.restartAfter()),
            Injections::killAllDispatchers,
            Need.MAY_LOSE,
            Need.PROCESS_START),
    PAUSE_STORE(
            "the store stands still for less than the buffer lasts",
            settings -> takeover(settings).plus(settings.lease()),
            Injections::pauseStore,
            Need.OWN_REDIS,
            Need.SPLIT),
    PAUSE_STORE_LONG(
            "the store stands still until the buffer overflows",
            settings -> takeover(settings).plus(Injections.LONG_PAUSE),
            Injections::pauseStoreLong,
            Need.MAY_LOSE,
            Need.OWN_REDIS,
            Need.SPLIT),
    KILL_STORE(
            "the store is killed and comes back with what it had written",
            settings -> takeover(settings).plus(settings.restartAfter()).plus(Injections.RECONNECT),
            Injections::killStore,
            Need.OWN_REDIS,
            Need.SPLIT),
    FLUSH_STORE(
            "the store is emptied",
            settings -> takeover(settings).plus(settings.beat().multipliedBy(2)),
            Injections::flushStore,
            Need.MAY_LOSE,
            Need.OWN_REDIS,
            Need.SPLIT),
    FLUSH_SCRIPTS(
            "the store forgets every script, again and again",
            ChaosSettings::slack,
            Injections::flushScripts,
            Need.OWN_REDIS),
    OUT_OF_MEMORY(
            "the store refuses writes for want of memory, then has some again",
            settings -> takeover(settings).plus(Injections.MEMORY_SHORT),
            Injections::outOfMemory,
            Need.OWN_REDIS,
            Need.SPLIT),
    DISK_FULL(
            "the store's file may not grow, so it refuses writes, then has room again",
            settings -> takeover(settings).plus(Injections.DISK_FULL).plus(Injections.DISK_RETRY),
            Injections::diskFull,
            Need.OWN_REDIS,
            Need.SPLIT,
            Need.FILE_LIMIT),
    LOST_REPLY(
            "replies of the store get lost with their connection",
            settings -> takeover(settings).plus(Injections.RECONNECT),
            Injections::lostReply,
            Need.PROXY),
    HALF_OPEN(
            "one direction of the leader's connections goes silent for longer than its lease",
            settings ->
                    takeover(settings).plus(Injections.COMMAND_TIMEOUT).plus(Injections.RECONNECT),
            Injections::halfOpen,
            Need.PROXY),
    FORGED_MARK(
            "somebody publishes garbage and forgeries on the control channel",
            ChaosSettings::slack,
            Injections::forgedMarks),
    REPLAYED_MARK(
            "somebody repeats what was said on the control channel",
            ChaosSettings::slack,
            Injections::replayedMarks),
    BAD_INPUT(
            "messages that are no JSON, too deep, too large, cut off, without an id",
            Fault::takeover,
            Injections::badInput),
    POISON(
            "messages that make a processor throw, overflow its stack, end its process",
            Fault::laneMoves,
            Injections::poison,
            Need.TOUCHY),
    ENDLESS_LOOP(
            "a message whose processor never returns",
            settings -> laneMoves(settings).plus(Injections.PROCESS_TIMEOUT),
            Injections::endlessLoop,
            Need.TOUCHY),
    SLOW_WORKER(
            "one worker is slower than what comes in for it",
            ChaosSettings::slack,
            Injections::slowWorker,
            Need.TOUCHY),
    CLOCK_JUMP(
            "one process' clock jumps an hour forward, then an hour back",
            ChaosSettings::slack,
            Injections::clockJump,
            Need.CLOCK),
    REVOKE_CHANNEL(
            "dispatchers may not subscribe for a while",
            settings -> claimByForce(settings).plus(Injections.REVOKED).plus(Injections.RECONNECT),
            Injections::revokeChannel,
            Need.MAY_LOSE,
            Need.OWN_REDIS,
            Need.USER),
    LONG_SCRIPT(
            "a script blocks the store until it is killed",
            settings -> takeover(settings).plus(Injections.SCRIPT_RUNS),
            Injections::longScript,
            Need.OWN_REDIS,
            Need.SPLIT),
    GRACEFUL_RESTART(
            "the leader is asked to stop and started again",
            Fault::takeover,
            Injections::gracefulRestart),
    ROLLING_RESTART(
            "every process is asked to stop and started again, one by one",
            Fault::takeover,
            Injections::rollingRestart);

    /// What a fault needs, or does.
    enum Need {
        /// A server that is ours alone.
        OWN_REDIS,
        /// A store that is another server than the source.
        SPLIT,
        /// A proxy between each process and its servers.
        PROXY,
        /// Workers whose processors do what messages ask for.
        TOUCHY,
        /// Roles that log in as a user of their own.
        USER,
        /// Processes whose clocks can be moved.
        CLOCK,
        /// A system on which the files of a process can be limited.
        FILE_LIMIT,
        /// Nobody is there until a process has started: the bound grows by what that took.
        PROCESS_START,
        /// Pub/Sub itself loses messages, so some may be declared lost.
        MAY_LOSE
    }

    /// Does it, and undoes it.
    interface Injection {
        /// @param ground what it acts on
        /// @param dice where chance comes from
        /// @return what was done, for people
        String inject(Ground ground, SplittableRandom dice) throws InterruptedException;
    }

    private final String meaning;
    private final Function<ChaosSettings, Duration> bound;
    private final Injection injection;
    private final EnumSet<Need> needs;

    Fault(
            String meaning,
            Function<ChaosSettings, Duration> bound,
            Injection injection,
            Need... needs) {
        this.meaning = meaning;
        this.bound = bound;
        this.injection = injection;
        this.needs = EnumSet.noneOf(Need.class);
        this.needs.addAll(Arrays.asList(needs));
    }

    /// Somebody else notices that a leader stands still: a lease, and a look before and after.
    private static Duration takeover(ChaosSettings settings) {
        return settings.lease().plus(settings.beat().multipliedBy(2)).plus(settings.slack());
    }

    /// Nobody covers the watermark: three more beats are waited for one that does.
    private static Duration claimByForce(ChaosSettings settings) {
        return takeover(settings).plus(settings.beat().multipliedBy(3));
    }

    /// With one worker, commits stand still until its lane moves; with more, others go on.
    private static Duration laneMoves(ChaosSettings settings) {
        return settings.workerTimeout()
                .plus(settings.beat().multipliedBy(2))
                .plus(settings.slack());
    }

    /// What happens.
    public String meaning() {
        return meaning;
    }

    boolean needs(Need need) {
        return needs.contains(need);
    }

    /// Whether it may be done to a server that others use as well.
    public boolean fitsGivenServer() {
        return !needs.contains(Need.OWN_REDIS);
    }

    /// Why it cannot be done on this system, or null if it can.
    public @Nullable String whyNot() {
        return needs(Need.FILE_LIMIT) ? FileLimit.whyNot() : null;
    }

    /// Longest time between two commits that this fault explains.
    Duration bound(ChaosSettings settings) {
        return bound.apply(settings);
    }

    String inject(Ground ground, SplittableRandom dice) throws InterruptedException {
        return injection.inject(ground, dice);
    }

    /// @throws IllegalArgumentException if there is none of that name; lists those that there are
    public static Fault named(String name) {
        return Arrays.stream(values())
                .filter(fault -> fault.toString().equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "there is no fault '"
                                                + name
                                                + "'; there are "
                                                + String.join(", ", names())));
    }

    /// All names.
    public static List<String> names() {
        return Arrays.stream(values()).map(Fault::toString).toList();
    }

    /// The name people write: lower case, with hyphens.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
