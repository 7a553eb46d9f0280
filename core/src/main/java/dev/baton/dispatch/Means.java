package dev.baton.dispatch;

import dev.baton.duty.Calls;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// What all parts of one dispatcher share.
///
/// @param settings how it works
/// @param pipeline the fingerprint its control messages carry
/// @param self names it in its probes; not 0
/// @param retained what it heard
/// @param calls how it calls the store
/// @param randomId names candidacies and generations
/// @param random makes nonces
/// @param counters what it counts
record Means(
        DispatcherSettings settings,
        long pipeline,
        long self,
        Retained retained,
        Calls calls,
        Supplier<String> randomId,
        RandomGenerator random,
        Counters counters) {

    int slices() {
        return settings.slices();
    }

    long beatNanos() {
        return settings.beat().toNanos();
    }

    long leaseNanos() {
        return settings.lease().toNanos();
    }
}
