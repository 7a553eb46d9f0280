package dev.baton.dispatch;

import dev.baton.slice.Roster;
import dev.baton.slice.WorkerState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// What is known of lanes between two looks: how long each is, counting what was dispatched to it since, and how fast it is
/// worked off. Not thread-safe.
final class Lanes {

    /// A rate is measured over so many entries: fewer say little, for they finish one by one.
    private static final int MIN_FINISHED = 8;

    /// Or over that long, if there are fewer.
    private static final long MAX_SPAN_NANOS = TimeUnit.SECONDS.toNanos(10);

    /// A shorter one says nothing: entries finish in batches.
    private static final long MIN_SPAN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /// How much a new measurement of a busy worker counts against those before it.
    private static final double WEIGHT = 0.5;

    /// A worker that takes so many times as long as it should for the next entry became slower.
    private static final double LATE = 2;

    /// Keeps a stalled worker's rate above zero: one entry in 1,000 s.
    private static final double MIN_PER_SECOND = 0.001;

    private final Map<String, Known> known = new HashMap<>();

    private static final class Known {
        String incarnation = "";
        long backlog;
        long sent;
        long sentSinceAsked;

        /// Where the present measurement began, and whether the worker had nothing to do at times.
        long firstHead;

        long firstNanos;
        boolean idled;
        double perSecond;
    }

    /// A look begins: what is sent from here on is not in its answer, for calls on one connection take effect in their order.
    void asked() {
        known.values().forEach(lane -> lane.sentSinceAsked = 0);
    }

    /// The answer.
    void observed(Roster roster, long nowNanos) {
        known.keySet().retainAll(roster.workers().stream().map(Roster.Seat::id).toList());
        for (Roster.Seat seat : roster.workers()) {
            Known lane = known.computeIfAbsent(seat.id(), id -> new Known());
            if (!lane.incarnation.equals(seat.incarnation())) {
                lane.incarnation = seat.incarnation();
                lane.perSecond = 0;
                begin(lane, seat, nowNanos);
            } else {
                lane.idled |= lane.backlog + lane.sent == 0 || seat.backlog() == 0;
                measure(lane, seat, nowNanos);
            }
            lane.backlog = seat.backlog();
            lane.sent = lane.sentSinceAsked;
        }
    }

    private static void begin(Known lane, Roster.Seat seat, long nowNanos) {
        lane.firstHead = seat.head();
        lane.firstNanos = nowNanos;
        lane.idled = false;
    }

    private static void measure(Known lane, Roster.Seat seat, long nowNanos) {
        long finished = seat.head() - lane.firstHead;
        long span = nowNanos - lane.firstNanos;
        double seconds = span / 1e9;
        if (span >= MIN_SPAN_NANOS && (finished >= MIN_FINISHED || span >= MAX_SPAN_NANOS)) {
            take(lane, finished / seconds);
            begin(lane, seat, nowNanos);
        } else if (!lane.idled && lane.perSecond * seconds > LATE * (finished + 1)) {
            lane.perSecond = (finished + 1) / seconds;
        }
    }

    /// Whoever had nothing to do at times can do at least what was done.
    private static void take(Known lane, double measured) {
        if (lane.idled) {
            lane.perSecond = Math.max(lane.perSecond, measured);
        } else {
            double weight = lane.perSecond == 0 ? 1 : WEIGHT;
            lane.perSecond += weight * (measured - lane.perSecond);
            lane.perSecond = Math.max(lane.perSecond, MIN_PER_SECOND);
        }
    }

    /// So many entries are on their way to a lane.
    void sent(String worker, int entries) {
        Known lane = known.get(worker);
        if (lane != null) {
            lane.sent += entries;
            lane.sentSinceAsked += entries;
        }
    }

    /// The lanes that take entries, in the order of their workers' ids.
    List<Lane> live(Roster roster) {
        List<Lane> live = new ArrayList<>(roster.workers().size());
        for (Roster.Seat seat : roster.workers()) {
            if (seat.state() == WorkerState.LIVE) {
                Known lane = known.computeIfAbsent(seat.id(), id -> new Known());
                live.add(
                        new Lane(
                                seat.id(),
                                Math.max(1, seat.capacity()),
                                lane.backlog + lane.sent,
                                lane.perSecond));
            }
        }
        return live;
    }
}
