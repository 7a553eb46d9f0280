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
    KILL_LEADER("the leader is killed", Fault::takeover, RoleFaults::killLeader),
    KILL_WORKER("a worker is killed", Fault::laneMoves, RoleFaults::killWorker),
    PAUSE_LEADER(
            "the leader stands still for longer than its lease, then wakes",
            Fault::takeover,
            RoleFaults::pauseLeader),
    LATE_DISPATCH(
            "what the leader sends to the store arrives when another leads already",
            Fault::takeover,
            LinkFaults::lateDispatch,
            Need.PROXY),
    PAUSE_WORKER(
            "a worker stands still for longer than its timeout, then wakes",
            Fault::laneMoves,
            RoleFaults::pauseWorker),
    CUT_LEADER("the leader's subscription is cut", Fault::takeover, ChannelFaults::cutLeader),
    CUT_ALL(
            "every subscription is cut at once",
            Fault::claimByForce,
            ChannelFaults::cutAll,
            Need.MAY_LOSE),
    BIG_MESSAGE(
            "a publication of 31 MB that just passes, or one of 33 MB that makes the server cut every subscriber",
            Fault::claimByForce,
            ChannelFaults::bigMessage,
            Need.LARGE,
            Need.MAY_LOSE,
            Need.OWN_REDIS),
    KILL_ALL_DISPATCHERS(
            "every dispatcher is killed, one comes back, then the others",
            settings -> claimByForce(settings).plus(settings.restartAfter()),
            RoleFaults::killAllDispatchers,
            Need.MAY_LOSE,
            Need.PROCESS_START),
    PAUSE_STORE(
            "the store stands still for less than the buffer lasts",
            settings -> takeover(settings).plus(settings.lease()),
            StoreFaults::pauseStore,
            Need.OWN_REDIS,
            Need.SPLIT),
    PAUSE_STORE_LONG(
            "the store stands still until the buffer overflows",
            settings -> takeover(settings).plus(StoreFaults.LONG_PAUSE),
            StoreFaults::pauseStoreLong,
            Need.MAY_LOSE,
            Need.OWN_REDIS,
            Need.SPLIT),
    KILL_STORE(
            "the store is killed and comes back with what it had written",
            settings -> takeover(settings).plus(settings.restartAfter()).plus(LinkFaults.RECONNECT),
            StoreFaults::killStore,
            Need.OWN_REDIS,
            Need.SPLIT),
    FLUSH_STORE(
            "the store is emptied",
            settings -> takeover(settings).plus(settings.beat().multipliedBy(2)),
            StoreFaults::flushStore,
            Need.MAY_LOSE,
            Need.OWN_REDIS,
            Need.SPLIT),
    FLUSH_SCRIPTS(
            "the store forgets every script, again and again",
            ChaosSettings::slack,
            StoreFaults::flushScripts,
            Need.OWN_REDIS),
    OUT_OF_MEMORY(
            "the store refuses writes for want of memory, then has some again",
            settings -> takeover(settings).plus(StoreFaults.MEMORY_SHORT),
            StoreFaults::outOfMemory,
            Need.OWN_REDIS,
            Need.SPLIT),
    DISK_FULL(
            "the store's file may not grow, so it refuses writes, then has room again",
            settings -> takeover(settings).plus(StoreFaults.DISK_FULL).plus(StoreFaults.DISK_RETRY),
            StoreFaults::diskFull,
            Need.OWN_REDIS,
            Need.SPLIT,
            Need.FILE_LIMIT),
    LOST_REPLY(
            "replies of the store get lost with their connection",
            settings -> takeover(settings).plus(LinkFaults.RECONNECT),
            LinkFaults::lostReply,
            Need.PROXY),
    HALF_OPEN(
            "one direction of the leader's connections goes silent for longer than its lease",
            settings ->
                    takeover(settings).plus(LinkFaults.COMMAND_TIMEOUT).plus(LinkFaults.RECONNECT),
            LinkFaults::halfOpen,
            Need.PROXY),
    FORGED_MARK(
            "somebody publishes garbage and forgeries on the control channel",
            Fault::claimByForce,
            ChannelFaults::forgedMarks),
    REPLAYED_MARK(
            "somebody repeats what was said on the control channel",
            ChaosSettings::slack,
            ChannelFaults::replayedMarks),
    BAD_INPUT(
            "messages that are no JSON, too deep, too large, cut off, without an id",
            Fault::takeover,
            MessageFaults::badInput,
            Need.LARGE),
    POISON(
            "messages that make a processor throw, overflow its stack, end its process",
            Fault::laneMoves,
            MessageFaults::poison),
    ENDLESS_LOOP(
            "a message whose processor never returns",
            settings -> laneMoves(settings).plus(MessageFaults.PROCESS_TIMEOUT),
            MessageFaults::endlessLoop),
    SLOW_WORKER(
            "one worker is slower than what comes in for it",
            ChaosSettings::slack,
            MessageFaults::slowWorker),
    CLOCK_JUMP(
            "one process' clock jumps an hour forward, then an hour back",
            ChaosSettings::slack,
            RoleFaults::clockJump,
            Need.CLOCK),
    REVOKE_CHANNEL(
            "dispatchers may not subscribe for a while",
            settings ->
                    claimByForce(settings).plus(ChannelFaults.REVOKED).plus(LinkFaults.RECONNECT),
            ChannelFaults::revokeChannel,
            Need.MAY_LOSE,
            Need.OWN_REDIS,
            Need.USER),
    LONG_SCRIPT(
            "a script blocks the store until it is killed",
            settings -> takeover(settings).plus(StoreFaults.SCRIPT_RUNS),
            StoreFaults::longScript,
            Need.OWN_REDIS,
            Need.SPLIT),
    GRACEFUL_RESTART(
            "the leader is asked to stop and started again",
            Fault::takeover,
            RoleFaults::gracefulRestart),
    ROLLING_RESTART(
            "every process is asked to stop and started again, one by one",
            Fault::takeover,
            RoleFaults::rollingRestart),
    MOVE_SLOT(
            "a slice's slot moves to another primary with full lanes, and back with empty ones",
            settings -> settings.slack().plus(ClusterFaults.MOVE).plus(LinkFaults.RECONNECT),
            ClusterFaults::moveSlot,
            Need.OWN_REDIS,
            Need.CLUSTER),
    MOVE_CHANNEL(
            "the slot of the sharded channel moves to another primary",
            settings -> claimByForce(settings).plus(LinkFaults.RECONNECT),
            ClusterFaults::moveChannel,
            Need.MAY_LOSE,
            Need.OWN_REDIS,
            Need.CLUSTER,
            Need.SHARDED),
    KILL_PRIMARY(
            "a primary that serves a slice or the channel is killed, and its replica takes over",
            settings ->
                    claimByForce(settings).plus(ClusterFaults.FAIL_OVER).plus(LinkFaults.RECONNECT),
            ClusterFaults::killPrimary,
            Need.OWN_REDIS,
            Need.CLUSTER,
            Need.REPLICAS),
    LOST_TAIL(
            "a slice's primary is killed, and the replica that takes over had lost its link before",
            settings ->
                    takeover(settings)
                            .plus(ClusterFaults.LAG)
                            .plus(ClusterFaults.FAIL_OVER)
                            .plus(LinkFaults.RECONNECT),
            ClusterFaults::lostTail,
            Need.OWN_REDIS,
            Need.CLUSTER,
            Need.REPLICAS);

    /// What a fault needs, or does.
    enum Need {
        /// A server that is ours alone.
        OWN_REDIS,
        /// A store that is another server than the source.
        SPLIT,
        /// A cluster for store and source.
        CLUSTER,
        /// A cluster whose primaries have replicas.
        REPLICAS,
        /// Messages that are published on a sharded channel.
        SHARDED,
        /// A proxy between each process and its servers.
        PROXY,
        /// Roles that log in as a user of their own.
        USER,
        /// Processes whose clocks can be moved.
        CLOCK,
        /// A system on which the files of a process can be limited.
        FILE_LIMIT,
        /// A message of tens of megabytes, which is so much work for everybody in turn that what a busy machine takes longer
        /// counts four times: two seconds on two idle processors are sixteen beside a build.
        LARGE,
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

    /// Three mark intervals.
    private static final Duration IN_SYNC = Duration.ofMillis(600);

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

    /// Nobody covers the watermark: three more beats are waited for one that does. Slices other than the first are claimed in
    /// sync only, and that takes some marks of the first one's leader.
    private static Duration claimByForce(ChaosSettings settings) {
        Duration first = takeover(settings).plus(settings.beat().multipliedBy(3));
        return settings.layout().slices() == 1
                ? first
                : first.plus(IN_SYNC).plus(settings.beat().multipliedBy(3));
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

    /// Whether it is done to a server that stands alone.
    boolean needsSingleServers() {
        return needs(Need.SPLIT) || needs(Need.PROXY) || needs(Need.USER);
    }

    /// Why it cannot be done on this system, or null if it can.
    public @Nullable String whyNot() {
        return needs(Need.FILE_LIMIT) ? FileLimit.whyNot() : null;
    }

    /// Longest time between two commits that this fault explains.
    Duration bound(ChaosSettings settings) {
        return bound.apply(settings).minus(settings.slack()).plus(slack(settings));
    }

    /// What of that is for a busy machine.
    Duration slack(ChaosSettings settings) {
        return settings.slack().multipliedBy(needs(Need.LARGE) ? 4 : 1);
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
