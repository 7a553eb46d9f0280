package dev.baton.dispatch;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Fills the lanes like vessels of different width up to one level, which is a time: what a lane holds over how fast it is
/// worked off. So a slow worker's messages wait no longer than others, though there are fewer of them.
final class LeastBacklog implements LaneChoice {

    /// No worker is taken for slower than this against the fastest: rates are guesses, and a lane's entries stay in it.
    private static final double MAX_RATIO = 20;

    private int turn;

    @Override
    public boolean looksAtBacklogs() {
        return true;
    }

    @Override
    public int[] share(int messages, List<Lane> live) {
        double[] rates = rates(live);
        int[] counts = fill(messages, live, rates);
        for (int left = messages - Arrays.stream(counts).sum(); left > 0; left--) {
            counts[firstToFinishOneMore(live, rates, counts)]++;
        }
        turn = (turn + 1) % live.size();
        return counts;
    }

    /// Who was never seen at work is taken for one of the others.
    private static double[] rates(List<Lane> live) {
        double usual =
                live.stream()
                        .mapToDouble(Lane::perSecond)
                        .filter(rate -> rate > 0)
                        .average()
                        .orElse(1);
        double least = live.stream().mapToDouble(Lane::perSecond).max().orElse(0) / MAX_RATIO;
        return live.stream()
                .mapToDouble(
                        lane -> lane.perSecond() > 0 ? Math.max(lane.perSecond(), least) : usual)
                .toArray();
    }

    /// Whole messages below the level; fewer are left than there are lanes.
    private static int[] fill(int messages, List<Lane> live, double[] rates) {
        List<Integer> shortestFirst =
                IntStream.range(0, live.size())
                        .boxed()
                        .sorted(
                                Comparator.comparingDouble(
                                        lane -> live.get(lane).backlog() / rates[lane]))
                        .toList();
        double held = messages;
        double width = 0;
        double level = 0;
        for (int lane : shortestFirst) {
            if (width > 0 && live.get(lane).backlog() / rates[lane] >= level) {
                break;
            }
            held += live.get(lane).backlog();
            width += rates[lane];
            level = held / width;
        }
        int[] counts = new int[live.size()];
        int left = messages;
        for (int lane : shortestFirst) {
            double room = level * rates[lane] - live.get(lane).backlog();
            counts[lane] = Math.clamp((long) room, 0, left);
            left -= counts[lane];
        }
        return counts;
    }

    private int firstToFinishOneMore(List<Lane> live, double[] rates, int[] counts) {
        int best = -1;
        double bestSeconds = Double.POSITIVE_INFINITY;
        for (int i = 0; i < counts.length; i++) {
            int lane = (turn + i) % counts.length;
            double seconds = (live.get(lane).backlog() + counts[lane] + 1) / rates[lane];
            if (best < 0 || seconds < bestSeconds) {
                best = lane;
                bestSeconds = seconds;
            }
        }
        return best;
    }
}
