package dev.baton.dispatch;

import dev.baton.duty.Call;
import dev.baton.duty.Calls;
import dev.baton.slice.Leadership;
import dev.baton.slice.Reply;
import dev.baton.slice.Roster;
import dev.baton.slice.Slice;
import dev.baton.slice.Transport;
import dev.baton.slice.WorkerState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The leader's eye on the workers: who is live, whose beat stood still for the whole timeout by our own clock. Takes a
/// lost worker's entries to live lanes, and deals out what waited for a worker. Not thread-safe.
final class WorkerWatch {

    private static final Logger log = LoggerFactory.getLogger(WorkerWatch.class);

    /// After this many lost workers a message is taken for the cause.
    private static final int MAX_CRASHES = 3;

    /// While entries wait for a worker, looks are at least this often.
    private static final long WAITING_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private record LastSeen(String incarnation, long beat, long sinceNanos) {}

    private final Slice slice;
    private final Leadership leadership;
    private final long lookEveryNanos;
    private final long timeoutNanos;
    private final Call<Roster> look;
    private final Call<Reply.ToReassign> reassign;
    private final Call<Reply.ToDeal> deal;
    private final Lanes lanes = new Lanes();
    private final boolean deals;
    private final Map<String, LastSeen> lastSeen = new HashMap<>();
    private @Nullable Roster roster;
    private long rosterVersion = -1;
    private long nextLookNanos;
    private long lookedNanos;
    private long looks;
    private boolean fenced;

    WorkerWatch(
            Slice slice,
            Leadership leadership,
            long lookEveryNanos,
            long timeoutNanos,
            Calls calls,
            long nowNanos) {
        this.slice = slice;
        this.leadership = leadership;
        this.lookEveryNanos = lookEveryNanos;
        this.timeoutNanos = timeoutNanos;
        this.look = calls.line();
        this.reassign = calls.line();
        this.deal = calls.line();
        this.deals = slice.transport() == Transport.LISTS;
        this.nextLookNanos = nowNanos;
    }

    /// How often the workers were looked at.
    long looks() {
        return looks;
    }

    /// Entries in lanes and waiting at the last look.
    long backlog() {
        Roster current = roster;
        if (current == null) {
            return 0;
        }
        long backlog = current.waiting();
        for (Roster.Seat seat : current.workers()) {
            backlog += seat.backlog();
        }
        return backlog;
    }

    /// Whether the workers are known yet.
    boolean ready() {
        return roster != null;
    }

    /// Whether the store said that somebody else leads.
    boolean fenced() {
        return fenced;
    }

    /// The lanes that take entries, in the order of their workers' ids.
    List<Lane> lanes() {
        Roster current = roster;
        return current == null ? List.of() : lanes.live(current);
    }

    /// So many entries are on their way to a lane.
    void sent(String worker, int entries) {
        lanes.sent(worker, entries);
    }

    /// The workers that take entries, in the order of their ids.
    List<Roster.Seat> live() {
        List<Roster.Seat> live = new ArrayList<>();
        if (roster != null) {
            for (Roster.Seat seat : roster.workers()) {
                if (seat.state() == WorkerState.LIVE) {
                    live.add(seat);
                }
            }
        }
        return live;
    }

    /// The store said which version of the roster it has; another than the last means somebody came, went or fell quiet.
    void heardVersion(long version, long nowNanos) {
        if (version != rosterVersion) {
            rosterVersion = version;
            lookNow(nowNanos);
        }
    }

    /// Entries wait for a worker; a look is due, though not for each batch.
    void lookSoon(long nowNanos) {
        nextLookNanos = Math.min(nextLookNanos, nowNanos + WAITING_LOOK_NANOS);
    }

    /// A lane takes nothing any more, so what we know is old.
    void lookNow(long nowNanos) {
        nextLookNanos = nowNanos;
    }

    /// Works. Returns in how many nanoseconds it wants to be called again.
    long doWork(long nowNanos) {
        look.poll(nowNanos);
        reassign.poll(nowNanos);
        deal.poll(nowNanos);
        if (!look.busy() && nowNanos - nextLookNanos >= 0) {
            nextLookNanos = nowNanos + lookEveryNanos;
            lanes.asked();
            look.begin(slice::roster, this::observe);
        }
        Roster current = roster;
        if (current != null) {
            if (!reassign.busy()) {
                takeFromLost(current);
            }
            if (deals && !deal.busy() && current.waiting() > 0 && !live().isEmpty()) {
                dealOut();
            }
        }
        return look.busy() ? lookEveryNanos : Math.max(0, nextLookNanos - nowNanos);
    }

    /// A store that gave us no answer took no beats either: that time is held against nobody.
    private void observe(Roster found, long nowNanos) {
        if (roster != null && nowNanos - lookedNanos >= timeoutNanos / 2) {
            lastSeen.clear();
        }
        if (roster != null && found.deadTrimmed() > roster.deadTrimmed()) {
            log.warn(
                    "{} dead letters were given up, the oldest, because there are more than may be kept (--max-dead)",
                    found.deadTrimmed() - roster.deadTrimmed());
        }
        roster = found;
        lanes.observed(found, nowNanos);
        looks++;
        lookedNanos = nowNanos;
        lastSeen.keySet().retainAll(found.workers().stream().map(Roster.Seat::id).toList());
        for (Roster.Seat seat : found.workers()) {
            LastSeen before = lastSeen.get(seat.id());
            if (before == null
                    || before.beat() != seat.beat()
                    || !before.incarnation().equals(seat.incarnation())) {
                lastSeen.put(seat.id(), new LastSeen(seat.incarnation(), seat.beat(), nowNanos));
            }
        }
    }

    private void takeFromLost(Roster current) {
        for (Roster.Seat seat : current.workers()) {
            LastSeen seen = lastSeen.get(seat.id());
            boolean still = seen != null && lookedNanos - seen.sinceNanos() >= timeoutNanos;
            if (still || seat.state() == WorkerState.LOST) {
                if (seat.state() != WorkerState.LOST) {
                    log.warn(
                            "worker {} stood still too long; its {} entries go to others",
                            seat.id(),
                            seat.backlog());
                }
                List<String> others =
                        live().stream()
                                .map(Roster.Seat::id)
                                .filter(id -> !id.equals(seat.id()))
                                .toList();
                reassign.begin(
                        () -> slice.reassign(leadership, seat, MAX_CRASHES, others),
                        (reply, nowNanos) -> reassigned(seat, reply, nowNanos));
                return;
            }
        }
    }

    /// Nothing is decided twice on one look: the lost worker is out of sight until the next one.
    private void reassigned(Roster.Seat lost, Reply.ToReassign reply, long nowNanos) {
        if (reply instanceof Reply.Fenced) {
            fenced = true;
        }
        if (roster != null) {
            roster =
                    new Roster(
                            roster.waiting(),
                            roster.workers().stream()
                                    .filter(seat -> !seat.id().equals(lost.id()))
                                    .toList(),
                            roster.deadTrimmed());
        }
        lookNow(nowNanos);
    }

    private void dealOut() {
        List<String> lanes = live().stream().map(Roster.Seat::id).toList();
        deal.begin(
                () -> slice.deal(leadership, lanes),
                (reply, nowNanos) -> {
                    if (reply instanceof Reply.Fenced) {
                        fenced = true;
                    }
                    roster =
                            roster == null
                                    ? null
                                    : new Roster(0, roster.workers(), roster.deadTrimmed());
                    lookNow(nowNanos);
                });
    }
}
