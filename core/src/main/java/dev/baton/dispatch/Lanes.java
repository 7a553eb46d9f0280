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

    /// How much a new measurement of a busy worker counts against those before it.
    private static final double WEIGHT = 0.3;

    /// Two looks that follow each other faster say nothing about a rate.
    private static final long MIN_SPAN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /// A worker that finishes nothing for long is still taken for one that will: about one entry in a quarter of an hour.
    private static final double MIN_PER_SECOND = 0.001;

    private final Map<String, Known> known = new HashMap<>();

    private static final class Known {
        String incarnation = "";
        long head;
        long backlog;
        long measuredNanos;
        double perSecond;
        long sent;
        long sentSinceAsked;
    }

    /// A look begins: what is sent from here on is not in its answer, for both go the same way.
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
                remember(lane, seat, nowNanos);
            } else if (nowNanos - lane.measuredNanos >= MIN_SPAN_NANOS) {
                measure(lane, seat, nowNanos);
                remember(lane, seat, nowNanos);
            }
            lane.backlog = seat.backlog();
            lane.sent = lane.sentSinceAsked;
        }
    }

    private static void remember(Known lane, Roster.Seat seat, long nowNanos) {
        lane.head = seat.head();
        lane.measuredNanos = nowNanos;
    }

    /// Whoever had nothing to do for a while can do at least what was done.
    private static void measure(Known lane, Roster.Seat seat, long nowNanos) {
        double seconds = (nowNanos - lane.measuredNanos) / 1e9;
        double measured = (seat.head() - lane.head) / seconds;
        boolean wasBusy = lane.backlog + lane.sent > 0 && seat.backlog() > 0;
        if (!wasBusy || lane.perSecond == 0) {
            lane.perSecond = Math.max(lane.perSecond, measured);
        } else {
            lane.perSecond += WEIGHT * (measured - lane.perSecond);
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
