package dev.baton.dispatch;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Gives every lane its share by capacity; what a batch cannot divide is owed to it in the next one.
final class Weighted implements LaneChoice {

    private final Map<String, Double> owed = new HashMap<>();

    @Override
    public int[] share(int messages, List<Lane> live) {
        owed.keySet().retainAll(live.stream().map(Lane::worker).toList());
        double all = live.stream().mapToDouble(Lane::capacity).sum();
        int[] counts = new int[live.size()];
        int left = messages;
        for (int i = 0; i < counts.length; i++) {
            Lane lane = live.get(i);
            double due = owed.merge(lane.worker(), messages * lane.capacity() / all, Double::sum);
            give(counts, i, lane, Math.clamp((long) due, 0, left));
            left -= counts[i];
        }
        for (; left > 0; left--) {
            int most = mostOwed(live);
            give(counts, most, live.get(most), 1);
        }
        return counts;
    }

    private void give(int[] counts, int at, Lane lane, int messages) {
        counts[at] += messages;
        owed.merge(lane.worker(), (double) -messages, Double::sum);
    }

    private int mostOwed(List<Lane> live) {
        int most = 0;
        for (int i = 1; i < live.size(); i++) {
            if (owed(live.get(i)) > owed(live.get(most))) {
                most = i;
            }
        }
        return most;
    }

    private double owed(Lane lane) {
        return owed.getOrDefault(lane.worker(), 0.0);
    }
}
