package dev.baton.server.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Which faults came when, and what they did to the flow of commits. Knows no Redis.
final class History {

    private final ChaosSettings settings;
    private final List<Injected> injected = new ArrayList<>();

    /// A fault as it happened.
    ///
    /// @param fault which
    /// @param atMillis when it began, by the store's clock
    /// @param mayLose whether Pub/Sub itself may have lost messages
    private record Injected(Fault fault, long atMillis, boolean mayLose) {}

    History(ChaosSettings settings) {
        this.settings = settings;
    }

    /// Takes in a fault, later than all before.
    ///
    /// @param lossNoted whether it turned out to be one in which Pub/Sub loses messages
    void add(Fault fault, long atMillis, boolean lossNoted) {
        injected.add(new Injected(fault, atMillis, lossNoted || fault.needs(Fault.Need.MAY_LOSE)));
    }

    /// After the last fault, something else made Pub/Sub lose messages too.
    void noteLoss() {
        if (!injected.isEmpty()) {
            Injected last = injected.removeLast();
            injected.add(new Injected(last.fault(), last.atMillis(), true));
        }
    }

    boolean had(Fault fault) {
        return injected.stream().anyMatch(one -> one.fault() == fault);
    }

    /// Whether the last fault before the gap was declared makes Pub/Sub lose messages.
    boolean followsLoss(Gap gap) {
        Injected last = null;
        for (Injected one : injected) {
            if (one.atMillis() <= gap.atMillis()) {
                last = one;
            }
        }
        return last != null && last.mayLose();
    }

    /// Something that is asked of the time from a fault to the next.
    interface Ask {
        /// @param fromMillis when it began, by the store's clock
        /// @param toMillis when the next one did, or the load ended
        long of(long fromMillis, long toMillis);
    }

    /// The longest stall of any slice that began between a fault and the next, for each kind of fault.
    ///
    /// @param slices how commits to each flowed
    /// @param endedMillis when the load ended
    /// @param start how long a process took until it listened
    List<ChaosResult.Disturbance> disturbances(
            List<Stalls> slices, long endedMillis, Duration start) {
        List<ChaosResult.Disturbance> all = new ArrayList<>();
        for (Fault fault : settings.faults().stream().distinct().toList()) {
            List<Long> longest =
                    each(
                            fault,
                            endedMillis,
                            (from, to) -> Stalls.longest(slices, from, to, endedMillis));
            if (!longest.isEmpty()) {
                Duration more = fault.needs(Fault.Need.PROCESS_START) ? start : Duration.ZERO;
                all.add(
                        new ChaosResult.Disturbance(
                                fault,
                                longest.size(),
                                longest.get(longest.size() / 2),
                                longest.getLast(),
                                fault.bound(settings).plus(more).toMillis()));
            }
        }
        return all;
    }

    /// What the answer is for each time that a fault came, in rising order.
    List<Long> each(Fault fault, long endedMillis, Ask ask) {
        List<Long> answers = new ArrayList<>();
        for (int i = 0; i < injected.size(); i++) {
            if (injected.get(i).fault() == fault) {
                long from = injected.get(i).atMillis();
                long to = i + 1 < injected.size() ? injected.get(i + 1).atMillis() : endedMillis;
                answers.add(ask.of(from, to));
            }
        }
        answers.sort(null);
        return answers;
    }
}
