package dev.baton.server.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Which fault comes when. The same seed and settings give the same plan.
///
/// @param steps in order of time
record Plan(List<Step> steps) {

    private static final int FIRST_PART = 4;
    private static final int JITTER_PARTS = 8;

    /// One fault.
    ///
    /// @param atMillis after the load began
    /// @param fault what
    /// @param seed of whatever the fault chooses itself
    record Step(long atMillis, Fault fault, long seed) {}

    /// Chooses, as one deals cards: none comes again before all others were there. A fault comes only if what its
    /// timeouts explain fits in before the load ends, except the first.
    static Plan of(ChaosSettings settings) {
        SplittableRandom dice = new SplittableRandom(settings.seed());
        List<Step> steps = new ArrayList<>();
        List<Fault> cards = new ArrayList<>();
        long every = settings.every().toMillis();
        long end = settings.duration().toMillis();
        for (long at = every / FIRST_PART; at < end; at += every) {
            if (cards.isEmpty()) {
                cards.addAll(settings.faults());
            }
            Fault fault = cards.remove(dice.nextInt(cards.size()));
            long jitter = dice.nextLong(every / JITTER_PARTS + 1);
            long seed = dice.nextLong();
            Duration bound = fault.bound(settings).minus(fault.slack(settings));
            if (steps.isEmpty() || at + jitter + bound.toMillis() <= end) {
                steps.add(new Step(at + jitter, fault, seed));
            }
        }
        return new Plan(List.copyOf(steps));
    }
}
