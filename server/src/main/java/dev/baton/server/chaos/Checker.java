package dev.baton.server.chaos;

import dev.baton.Position;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Compares what was published with what came out and what was declared lost. Knows no Redis and no time.
///
/// Everything rests on one fact: one connection publishes in order, so the order of ordinals is the order of the channel,
/// and that is the order of positions. Missing messages that follow each other are a *run*; what is known of their
/// positions is that they lie between those of the neighbours. A run is declared if a gap reaches into that space, and
/// only as far as it does: positions of the same mark are counted, so a message between a neighbour and the gap is
/// undeclared. Where gaps say how many they are, the number must be what is missing.
final class Checker {

    private static final int MAX_EVIDENCE = 12;

    /// Missing publications that follow each other.
    ///
    /// @param first ordinal
    /// @param last ordinal, inclusive
    /// @param certain how many of them were confirmed with a receiver
    /// @param after position of the neighbour before, null if there is none
    /// @param before position of the neighbour behind, null if there is none
    private record Run(
            int first, int last, int certain, @Nullable Position after, @Nullable Position before) {

        int size() {
            return last - first + 1;
        }

        /// The first position that may belong to the run.
        Position floor() {
            return after == null ? Position.atMark(0, 0) : after.plus(1);
        }

        boolean touches(Gap gap) {
            Position from = later(floor(), gap.from());
            Position to = before == null ? gap.to() : earlier(before, gap.to());
            return from.compareTo(to) < 0;
        }

        @Override
        public String toString() {
            return "ids "
                    + first
                    + " to "
                    + last
                    + " ("
                    + certain
                    + " confirmed) between positions "
                    + (after == null ? "none" : after)
                    + " and "
                    + (before == null ? "none" : before);
        }
    }

    private final Answers answers;
    private final List<Gap> gaps;
    private final int slices;
    private final @Nullable Position[] positions;
    private final Set<Position> taken = new HashSet<>();
    private final List<String> evidence = new ArrayList<>();
    private final Map<Found.Place, Integer> places = new EnumMap<>(Found.Place.class);
    private int twiceById;
    private int twiceByPosition;
    private int outOfOrder;
    private int wronglyCommitted;
    private int wrongCounts;
    private long declared;
    private long undeclared;
    private long unnoticed;

    private Checker(Answers answers, List<Gap> gaps, int slices) {
        this.answers = answers;
        this.slices = slices;
        this.gaps =
                gaps.stream()
                        .sorted(Comparator.comparing(Gap::from).thenComparing(Gap::to))
                        .toList();
        this.positions = new Position[answers.published()];
    }

    /// @param answers what was published
    /// @param found what came out, in any order
    /// @param gaps what was declared, in any order
    /// @param slices how many there are: each declares its own messages only
    static Verdict check(Answers answers, List<Found> found, List<Gap> gaps, int slices) {
        Checker checker = new Checker(answers, gaps, slices);
        found.forEach(checker::place);
        checker.checkOrder();
        checker.account(checker.runs());
        return checker.verdict();
    }

    private void place(Found one) {
        if (!taken.add(one.position())) {
            twiceByPosition++;
            say("position " + one.position() + " occurs again, " + one.place());
        }
        int ordinal = one.ordinal();
        if (ordinal < 0 || ordinal >= answers.published()) {
            return;
        }
        if (positions[ordinal] != null) {
            twiceById++;
            say("id " + ordinal + " at " + positions[ordinal] + " and " + one.position());
            return;
        }
        positions[ordinal] = one.position();
        places.merge(one.place(), 1, Integer::sum);
        if (one.place() == Found.Place.COMMITTED && answers.unfit().get(ordinal)) {
            wronglyCommitted++;
            say("id " + ordinal + " is unfit and was committed");
        }
    }

    private void checkOrder() {
        Position before = null;
        for (int ordinal = 0; ordinal < positions.length; ordinal++) {
            Position here = positions[ordinal];
            if (here == null) {
                continue;
            }
            if (before != null && here.compareTo(before) <= 0) {
                outOfOrder++;
                say("id " + ordinal + " at " + here + " comes after " + before);
            }
            before = here;
        }
    }

    private List<Run> runs() {
        List<Run> runs = new ArrayList<>();
        int ordinal = 0;
        while (ordinal < positions.length) {
            if (positions[ordinal] != null) {
                ordinal++;
                continue;
            }
            int first = ordinal;
            while (ordinal < positions.length && positions[ordinal] == null) {
                ordinal++;
            }
            runs.add(
                    new Run(
                            first,
                            ordinal - 1,
                            certain(first, ordinal),
                            first == 0 ? null : positions[first - 1],
                            ordinal == positions.length ? null : positions[ordinal]));
        }
        return runs;
    }

    private int certain(int from, int to) {
        return answers.heard().get(from, to).cardinality();
    }

    private int unheard(Run run) {
        return answers.unheard().get(run.first(), run.last() + 1).cardinality();
    }

    /// Runs and gaps that touch each other are weighed together: a gap may hold several runs, a run several gaps.
    private void account(List<Run> runs) {
        BitSet weighed = new BitSet();
        BitSet used = new BitSet();
        for (int i = 0; i < runs.size(); i++) {
            if (weighed.get(i)) {
                continue;
            }
            BitSet runsHere = new BitSet();
            BitSet gapsHere = new BitSet();
            gather(runs, i, runsHere, gapsHere);
            weighed.or(runsHere);
            used.or(gapsHere);
            weigh(
                    runsHere.stream().mapToObj(runs::get).toList(),
                    gapsHere.stream().mapToObj(gaps::get).toList());
        }
        for (int g = used.nextClearBit(0); g < gaps.size(); g = used.nextClearBit(g + 1)) {
            Long count = gaps.get(g).count();
            if (count != null && count > 0) {
                wrongCounts++;
                say(gaps.get(g) + " says " + count + ", and nothing is missing there");
            }
        }
    }

    private void gather(List<Run> runs, int start, BitSet runsHere, BitSet gapsHere) {
        runsHere.set(start);
        boolean grown = true;
        while (grown) {
            grown = false;
            for (int r = runsHere.nextSetBit(0); r >= 0; r = runsHere.nextSetBit(r + 1)) {
                for (int g = gapsHere.nextClearBit(0);
                        g < gaps.size();
                        g = gapsHere.nextClearBit(g + 1)) {
                    if (runs.get(r).touches(gaps.get(g))) {
                        gapsHere.set(g);
                        grown = true;
                    }
                }
            }
            for (int g = gapsHere.nextSetBit(0); g >= 0; g = gapsHere.nextSetBit(g + 1)) {
                for (int r = runsHere.nextClearBit(0);
                        r < runs.size();
                        r = runsHere.nextClearBit(r + 1)) {
                    if (runs.get(r).touches(gaps.get(g))) {
                        runsHere.set(r);
                        grown = true;
                    }
                }
            }
        }
    }

    private void weigh(List<Run> runs, List<Gap> here) {
        long certain = runs.stream().mapToLong(Run::certain).sum();
        long all = runs.stream().mapToLong(Run::size).sum();
        if (here.isEmpty()) {
            long silent = runs.stream().mapToLong(this::unheard).sum();
            undeclared += certain;
            unnoticed += silent;
            if (certain > 0) {
                say("undeclared: " + runs.getFirst());
            }
            if (silent > 0) {
                say(silent + " had no subscriber, and no gap says so: " + runs.getFirst());
            }
            return;
        }
        long holes = 0;
        for (Run run : runs) {
            long hole = Math.min(run.certain(), holes(run, here));
            if (hole > 0) {
                say(hole + " undeclared beside a gap: " + run + ", " + here);
            }
            holes += hole;
        }
        undeclared += holes;
        certain -= holes;
        all -= holes;
        boolean exact = here.stream().allMatch(gap -> gap.count() != null);
        long counted = here.stream().mapToLong(gap -> gap.count() == null ? 0 : gap.count()).sum();
        if (exact && counted < certain) {
            undeclared += certain - counted;
            declared += counted;
            say((certain - counted) + " more missing than declared: " + runs + ", " + here);
            return;
        }
        declared += certain;
        if (counted > all) {
            wrongCounts++;
            say((counted - all) + " more declared than missing: " + runs + ", " + here);
        }
    }

    /// Messages of the run that have a position of a neighbour's mark which no gap of their slice covers.
    private long holes(Run run, List<Gap> sorted) {
        long holes = 0;
        for (int slice = 0; slice < slices; slice++) {
            holes += holes(run, sorted, slice);
        }
        return holes;
    }

    private long holes(Run run, List<Gap> sorted, int slice) {
        long holes = 0;
        Position cursor = run.after() == null ? null : run.floor();
        for (Gap gap : sorted) {
            if (gap.slice() != slice || !run.touches(gap)) {
                continue;
            }
            if (cursor != null) {
                holes += between(cursor, gap.from(), slice);
            }
            cursor = cursor == null ? gap.to() : later(cursor, gap.to());
        }
        return cursor == null || run.before() == null
                ? holes
                : holes + between(cursor, run.before(), slice);
    }

    /// How many positions of a slice lie from one to another where that is known: after the same mark.
    private long between(Position from, Position to, int slice) {
        boolean known =
                from.term() == to.term() && from.mark() == to.mark() && from.compareTo(to) < 0;
        return known ? before(to, slice) - before(from, slice) : 0;
    }

    /// How many positions of a slice lie between a mark and a position after it.
    private long before(Position to, int slice) {
        return (Integer.toUnsignedLong(to.index()) + slices - 1 - slice) / slices;
    }

    private static Position later(Position one, Position other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    private static Position earlier(Position one, Position other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    private void say(String line) {
        if (evidence.size() < MAX_EVIDENCE) {
            evidence.add(line.length() > 600 ? line.substring(0, 600) + " …" : line);
        }
    }

    private Verdict verdict() {
        int published = answers.published();
        return new Verdict(
                published,
                published - certain(0, published),
                places.getOrDefault(Found.Place.COMMITTED, 0),
                places.getOrDefault(Found.Place.DEAD, 0),
                places.getOrDefault(Found.Place.HELD, 0),
                places.getOrDefault(Found.Place.VANISHED, 0),
                declared,
                undeclared,
                unnoticed,
                twiceById,
                twiceByPosition,
                outOfOrder,
                wronglyCommitted,
                wrongCounts,
                List.copyOf(evidence));
    }
}
