package dev.baton.dispatch;

import java.util.Arrays;
import java.util.List;

/// Gives every lane the same, the remainder to the lanes whose turn it is.
final class RoundRobin implements LaneChoice {

    private int turn;

    @Override
    public int[] share(int messages, List<Lane> live) {
        int[] counts = new int[live.size()];
        Arrays.fill(counts, messages / counts.length);
        int remainder = messages % counts.length;
        turn %= counts.length;
        for (int i = 0; i < remainder; i++) {
            counts[(turn + i) % counts.length]++;
        }
        turn += remainder;
        return counts;
    }
}
