package dev.baton.bench;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/// Everything that one invocation measures.
///
/// @param subjects what to measure, in turn
/// @param sizes of messages, in bytes
/// @param rates as they are asked for
/// @param workers how many, each
/// @param slices how many, each
/// @param dispatchers how many
/// @param runs of each cell
/// @param warmUpSeconds before each measurement
/// @param seconds of each measurement
/// @param window messages under way when there is no rate; null for as many as fit
record Plan(
        List<Subject> subjects,
        List<Integer> sizes,
        List<Rate> rates,
        List<Integer> workers,
        List<Integer> slices,
        int dispatchers,
        int runs,
        int warmUpSeconds,
        int seconds,
        @Nullable Integer window) {

    /// Under way by default, when they are small.
    static final int MAX_WINDOW = 20_000;

    /// Under way by default, when they are not: half of what a server lets a slow subscriber have outstanding.
    static final int MAX_WINDOW_BYTES = 16 << 20;

    /// Messages under way when there is no rate.
    int windowFor(int bytes) {
        return window == null ? Math.min(MAX_WINDOW, MAX_WINDOW_BYTES / bytes) : window;
    }

    /// What is measured first: all that runs flat out, and the reference where half of its rate is asked for.
    Set<Cell> flatOut() {
        Set<Cell> cells = new LinkedHashSet<>();
        for (int bytes : sizes) {
            if (rates.contains(new Rate.FlatOut())) {
                addAll(cells, bytes, 0);
            } else if (rates.contains(new Rate.HalfOfReference())) {
                cells.add(Cell.of(Subject.REFERENCE, new Scenario(bytes, 0, 0, 0, 0)));
            }
        }
        return cells;
    }

    /// What is measured after that.
    ///
    /// @param half of the reference's rate, by the size of messages
    Set<Cell> atRates(IntToLongFunction half) {
        Set<Cell> cells = new LinkedHashSet<>();
        for (int bytes : sizes) {
            for (long perSecond : perSecond(bytes, half)) {
                addAll(cells, bytes, perSecond);
            }
        }
        cells.removeAll(flatOut());
        return cells;
    }

    private List<Long> perSecond(int bytes, IntToLongFunction half) {
        List<Long> all = new ArrayList<>();
        for (Rate rate : rates) {
            switch (rate) {
                case Rate.FlatOut done -> {}
                case Rate.Fixed fixed -> all.add(fixed.perSecond());
                case Rate.HalfOfReference ofReference -> all.add(half.applyAsLong(bytes));
            }
        }
        return all;
    }

    /// Subjects in turn, so that a machine's moods fall on all of them.
    private void addAll(Set<Cell> cells, int bytes, long perSecond) {
        for (int some : workers) {
            for (int parts : slices) {
                Scenario scenario = new Scenario(bytes, perSecond, some, parts, dispatchers);
                subjects.forEach(subject -> cells.add(Cell.of(subject, scenario)));
            }
        }
    }
}
