package dev.baton.simulation;

import static dev.baton.simulation.Violation.Promise.LOSSLESS;

import dev.baton.Position;
import dev.baton.slice.Entry;
import dev.baton.slice.SliceModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// Reconciles what was published with what the slices hold, from outside: by the messages' own numbers.
final class Account {

    private final List<byte[]> published;
    private final Map<Integer, List<Place>> places = new HashMap<>();
    private final List<Gap> gaps = new ArrayList<>();
    private final int slices;
    private int missing;

    private record Place(Position position, String where) {}

    private record Gap(int slice, Position from, Position to, @Nullable Long count, String cause) {
        boolean holds(Position position) {
            return from.compareTo(position) <= 0 && to.compareTo(position) > 0;
        }

        boolean within(@Nullable Position after, @Nullable Position before) {
            return (before == null || from.compareTo(before) < 0)
                    && (after == null || to.compareTo(after) > 0);
        }
    }

    Account(List<byte[]> published, List<Witness> slices) {
        this.published = published;
        this.slices = slices.size();
        for (int number = 0; number < slices.size(); number++) {
            take(number, slices.get(number));
        }
    }

    private void take(int number, Witness slice) {
        SliceModel model = slice.model();
        for (List<byte[]> entry : model.output()) {
            place(number, Fields.position(entry), Fields.value(entry, "payload"), "output");
        }
        for (List<byte[]> letter : model.deadLetters()) {
            place(number, Fields.position(letter), Fields.value(letter, "payload"), "dead letters");
        }
        place(number, slice.dropped(), "dropped");
        place(number, model.waiting(), "waiting");
        model.books()
                .workers()
                .forEach(
                        worker -> place(number, model.lane(worker.id()), "lane of " + worker.id()));
        model.gaps().forEach(fields -> gaps.add(gap(number, fields)));
    }

    private void place(int slice, List<Entry> entries, String where) {
        entries.forEach(entry -> place(slice, entry.position(), entry.payload(), where));
    }

    private void place(int slice, Position position, byte @Nullable [] payload, String where) {
        if (Integer.remainderUnsigned(position.index(), slices) != slice) {
            throw new Violation(LOSSLESS, position + " in " + where + " is not of slice " + slice);
        }
        if (payload == null) {
            throw new Violation(LOSSLESS, position + " in " + where + " lost its payload");
        }
        int number = Payloads.number(payload);
        if (number >= published.size() || !Arrays.equals(published.get(number), payload)) {
            throw new Violation(LOSSLESS, position + " in " + where + " was never published");
        }
        places.computeIfAbsent(number, key -> new ArrayList<>()).add(new Place(position, where));
    }

    private static Gap gap(int slice, List<byte[]> fields) {
        String count = Fields.text(fields, "count");
        return new Gap(
                slice,
                Fields.position(fields, "from"),
                Fields.position(fields, "to"),
                count == null ? null : Long.valueOf(count),
                String.valueOf(Fields.text(fields, "cause")));
    }

    boolean present(int number) {
        return places.containsKey(number);
    }

    int missing() {
        return missing;
    }

    int gaps() {
        return gaps.size();
    }

    /// Declared losses whose extent is known: messages that were shed.
    long counted() {
        return gaps.stream().filter(gap -> gap.count != null).count();
    }

    /// Messages that are there more than once, under positions of different terms.
    int repeated() {
        return (int) places.values().stream().filter(all -> all.size() > 1).count();
    }

    /// Every message is present, or declared, or excused.
    ///
    /// @param excused messages that may be missing without a word
    void check(IntPredicate excused) {
        int number = 0;
        while (number < published.size()) {
            if (present(number)) {
                number++;
                continue;
            }
            int end = number;
            int blamed = -1;
            while (end < published.size() && !present(end)) {
                blamed = blamed < 0 && !excused.test(end) ? end : blamed;
                end++;
            }
            missing += end - number;
            if (blamed >= 0) {
                checkRun(number, end, blamed);
            }
            number = end;
        }
    }

    /// The missing messages from one number to another lie between two positions that enclose part of a gap.
    private void checkRun(int from, int to, int blamed) {
        Position after = from == 0 ? null : lowest(from - 1);
        Position before = to == published.size() ? null : highest(to);
        List<Gap> between = gaps.stream().filter(gap -> gap.within(after, before)).toList();
        if (between.isEmpty()) {
            throw new Violation(
                    LOSSLESS,
                    "m%d of m%d to m%d is missing between %s and %s, and no gap declares it: %s"
                            .formatted(blamed, from, to - 1, after, before, gaps));
        }
        checkExactly(from, to, after, before, between);
        if (between.size() == 1 && slices == 1) {
            checkCount(between.getFirst(), to - from, after, before);
        }
    }

    /// Where the positions of missing messages can be told from those around them, so can their slices.
    private void checkExactly(
            int from,
            int to,
            @Nullable Position after,
            @Nullable Position before,
            List<Gap> between) {
        if (after == null || before == null || !after.plus(to - from + 1).equals(before)) {
            return;
        }
        for (int number = from; number < to; number++) {
            Position position = after.plus(number - from + 1);
            int slice = Integer.remainderUnsigned(position.index(), slices);
            if (between.stream().noneMatch(gap -> gap.slice == slice && gap.holds(position))) {
                throw new Violation(
                        LOSSLESS,
                        "m%d at %s of slice %d is missing, and no gap of that slice declares it: %s"
                                .formatted(number, position, slice, gaps));
            }
        }
    }

    /// A gap that says how many is exact, if the messages around it are those next to it.
    private static void checkCount(
            Gap gap, int absent, @Nullable Position after, @Nullable Position before) {
        if (gap.count != null
                && after != null
                && after.plus(1).equals(gap.from)
                && gap.to.equals(before)
                && gap.count != absent) {
            throw new Violation(LOSSLESS, absent + " are missing in " + gap);
        }
    }

    private Position lowest(int number) {
        return positions(number).getFirst();
    }

    private Position highest(int number) {
        return positions(number).getLast();
    }

    private List<Position> positions(int number) {
        return places.getOrDefault(number, List.of()).stream()
                .map(Place::position)
                .sorted()
                .toList();
    }
}
