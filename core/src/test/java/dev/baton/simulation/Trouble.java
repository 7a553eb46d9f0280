package dev.baton.simulation;

import java.util.SplittableRandom;

/// How much goes wrong on the way; of a thousand calls each. Changed as the world goes on.
final class Trouble {
    int lostCalls;
    int lostAnswers;
    int strayCalls;
    int overtakers;

    boolean happens(SplittableRandom random, int ofAThousand) {
        return ofAThousand > 0 && random.nextInt(1_000) < ofAThousand;
    }

    void end() {
        lostCalls = 0;
        lostAnswers = 0;
        strayCalls = 0;
        overtakers = 0;
    }
}
