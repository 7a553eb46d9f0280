package dev.baton.simulation;

import java.util.PriorityQueue;

/// The one clock and the one order of everything that happens. What is due at the same moment happens in the order in
/// which it was asked for.
final class Scheduler {

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long nowNanos;
    private long asked;

    private record Event(long atNanos, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    long nowNanos() {
        return nowNanos;
    }

    void after(long nanos, Runnable action) {
        at(nowNanos + nanos, action);
    }

    void at(long nanos, Runnable action) {
        events.add(new Event(Math.max(nanos, nowNanos), asked++, action));
    }

    /// Does what is next.
    ///
    /// @return false if nothing is
    boolean step() {
        Event next = events.poll();
        if (next == null) {
            return false;
        }
        nowNanos = next.atNanos;
        next.action.run();
        return true;
    }

    /// How many things have been asked for: a measure of the work done.
    long asked() {
        return asked;
    }
}
