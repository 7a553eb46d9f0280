package dev.baton.server.chaos;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

/// What faults leave to chance.
final class Chance {

    private Chance() {}

    static <T> T any(List<T> of, SplittableRandom dice) {
        return of.get(dice.nextInt(of.size()));
    }

    static Duration upTo(Duration most, SplittableRandom dice) {
        return Duration.ofMillis(dice.nextLong(most.toMillis() + 1));
    }
}
