package dev.baton.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.Position;
import dev.baton.duty.RoleStoppedException;
import dev.baton.redis.RedisAddress;
import dev.baton.slice.Handover;
import dev.baton.slice.Lead;
import dev.baton.slice.Reply;
import dev.baton.slice.Slice;
import dev.baton.slice.SliceKeys;
import dev.baton.slice.SliceModel;
import dev.baton.source.Listening;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The number of slices becomes another one while dispatchers of both numbers come, go and are cut off: stepped by hand on
/// one clock, over a flow and stores in memory.
class ReslicingTest {

    private static final int LIVES = Integer.getInteger("reslicing.lives", 60);
    private static final int FIRST_LIFE = Integer.getInteger("reslicing.first", 0);
    private static final long STEP_MILLIS = 10;
    private static final int MAX_STEPS_AT_ONCE = 200;
    private static final int TERMS_AHEAD = 100;

    private final Map<String, SliceModel> stores = new LinkedHashMap<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<String> published = new ArrayList<>();
    private long nowMillis = 1_000;
    private final Flow flow = new Flow(() -> nowMillis);
    private long ids;
    private String padding = "";

    private static DispatcherSettings settings(int slices) {
        DispatcherSettings usual =
                DispatcherSettings.defaults("d", RedisAddress.parse(RedisAddress.DEFAULT));
        return usual.toBuilder().listening(new Listening.Channels(List.of("in"))).stream("out")
                .slices(slices)
                .build();
    }

    /// A dispatcher with one of the two numbers.
    private final class Node {
        final int slices;
        final Flow.Ears.Place place = flow.place();
        final Counters counters = new Counters();
        final DispatcherDuty duty;
        boolean paused;
        boolean finished;
        @Nullable RoleStoppedException refused;

        /// @param former slice 0 of the other number, where this one waits for the switch
        Node(int slices, @Nullable Handover former) {
            this.slices = slices;
            List<Slice> its = new ArrayList<>();
            SliceKeys.of("out", slices).forEach(keys -> its.add(store(keys)));
            duty =
                    new DispatcherDuty(
                            settings(slices),
                            place,
                            its,
                            former,
                            () -> "id" + ids++,
                            Runnable::run,
                            () -> {},
                            new SplittableRandom(nodes.size()),
                            counters);
            nodes.add(this);
            step();
        }

        private void step() {
            int steps = 0;
            long rest = 0;
            while (!paused && !finished && rest == 0) {
                assertThat(steps++).as("steps without a rest").isLessThan(MAX_STEPS_AT_ONCE);
                try {
                    rest = duty.doWork(TimeUnit.MILLISECONDS.toNanos(nowMillis));
                } catch (RoleStoppedException stopped) {
                    refused = stopped;
                    place.cut();
                    finished = true;
                    return;
                }
                finished = rest < 0;
            }
        }

        /// Gone without a word.
        void kill() {
            paused = true;
            finished = true;
            place.cut();
        }
    }

    /// What the command does, one look at a time; it may be called at any time, by anyone.
    private final class Change {
        final List<SliceKeys> old;
        final List<SliceKeys> next;
        final int from;
        final int to;
        @Nullable Position end;

        Change(int from, int to) {
            this.from = from;
            this.to = to;
            old = SliceKeys.of("out", from);
            next = SliceKeys.of("out", to);
        }

        void announce() {
            long term = lead(old.getFirst()).epoch();
            Position at = Position.atMark((int) term + TERMS_AHEAD, 1);
            for (int number = from - 1; number >= 0; number--) {
                assertThat(
                                store(old.get(number))
                                        .announce(from, to, at, lead(old.get(number)).ends())
                                        .join())
                        .isInstanceOf(Reply.HandedOn.class);
            }
            end = at;
        }

        boolean switched() {
            Lead first = lead(next.getFirst());
            return first.slices() == to && first.ends() == null;
        }

        void advance() {
            Position at = end;
            if (at == null || switched() || old.stream().anyMatch(keys -> !lead(keys).atItsEnd())) {
                return;
            }
            for (int number = to - 1; number >= 0; number--) {
                SliceKeys keys = next.get(number);
                assertThat(
                                (old.contains(keys)
                                                ? store(keys).take(to, at)
                                                : store(keys).open(to, at))
                                        .join())
                        .isInstanceOf(Reply.HandedOn.class);
            }
        }

        void retire() {
            for (SliceKeys keys : old) {
                if (!next.contains(keys) && end != null) {
                    store(keys).take(to, end).join();
                }
            }
        }
    }

    private SliceModel store(SliceKeys keys) {
        return stores.computeIfAbsent(keys.stream(), name -> new SliceModel(() -> nowMillis));
    }

    private Lead lead(SliceKeys keys) {
        return store(keys).lead().join();
    }

    private void pass(long millis, Change change) {
        for (long passed = 0; passed < millis; passed += STEP_MILLIS) {
            String text = "m" + published.size();
            published.add(text);
            flow.publish(text + padding);
            nodes.forEach(Node::step);
            change.advance();
            nowMillis += STEP_MILLIS;
        }
    }

    private List<String> dispatched() {
        return stores.values().stream()
                .flatMap(store -> store.waiting().stream())
                .map(entry -> new String(entry.payload(), StandardCharsets.UTF_8))
                .toList();
    }

    private int gaps() {
        return stores.values().stream().mapToInt(store -> store.gaps().size()).sum();
    }

    private boolean allLed(Change change) {
        return change.next.stream().allMatch(keys -> !lead(keys).owner().isEmpty());
    }

    @ParameterizedTest
    @CsvSource({"1, 4", "4, 1", "2, 3", "5, 2"})
    void theNumberChangesWithoutALossAndThoseWithTheOldOneEnd(int from, int to) {
        Change change = new Change(from, to);
        Node first = new Node(from, null);
        Node second = new Node(from, null);
        pass(5_000, change);
        change.announce();
        pass(2_000, change);
        assertThat(change.switched()).as("nobody is there yet").isFalse();
        Node next = new Node(to, store(change.old.getFirst()));
        pass(3_000, change);

        assertThat(change.switched()).isTrue();
        assertThat(next.counters.led).isEqualTo(to);
        change.retire();
        pass(2_000, change);
        assertThat(List.of(first, second))
                .allSatisfy(
                        node ->
                                assertThat(node.refused)
                                        .hasMessageContaining("give it --slices " + to));
        flow.publish("end");
        published.add("end");
        nodes.forEach(Node::step);
        nowMillis += 1_000;
        nodes.forEach(Node::step);
        assertThat(dispatched()).containsExactlyInAnyOrderElementsOf(published);
        assertThat(gaps()).isZero();
    }

    @Test
    void oneThatWaitsForTheSwitchKeepsOnlyWhatTheStoreMayLose() {
        Change change = new Change(2, 3);
        new Node(2, null);
        pass(3_000, change);
        change.announce();
        padding = " ".repeat(20_000);
        Handover unheard =
                (Handover)
                        Proxy.newProxyInstance(
                                Handover.class.getClassLoader(),
                                new Class<?>[] {Handover.class},
                                (proxy, method, arguments) ->
                                        CompletableFuture.completedFuture(
                                                new Reply.HandedOn(change.end)));
        Node waiting = new Node(3, unheard);
        pass(15_000, change);

        assertThat(change.switched()).isFalse();
        assertThat(waiting.counters.inSync).isTrue();
        assertThat(waiting.counters.retainedBytes).isLessThan(14 << 20);
    }

    @Test
    void anOldOneThatComesWhenTheMarkIsOutDispatchesNothingThatFollowsIt() {
        Change change = new Change(1, 2);
        Node old = new Node(1, null);
        pass(3_000, change);
        change.announce();
        Node next = new Node(2, store(change.old.getFirst()));
        while (flow.marks().stream().noneMatch(mark -> mark.opens().equals(change.end))) {
            pass(STEP_MILLIS, new Change(1, 2));
        }
        old.kill();
        pass(200, new Change(1, 2));
        new Node(1, null);
        pass(12_000, change);

        assertThat(change.switched()).isTrue();
        assertThat(next.counters.led).isEqualTo(2);
        assertThat(dispatched()).doesNotHaveDuplicates();
        assertLostAreDeclared("");
    }

    /// Whatever happens, nothing comes out twice, and what does not come out is declared.
    @Test
    void whoeverIsCutOffPausedOrKilledMeanwhileNothingIsRepeatedOrSilentlyLost() {
        int changed = 0;
        int clean = 0;
        for (int life = FIRST_LIFE; life < FIRST_LIFE + LIVES; life++) {
            ReslicingTest world = new ReslicingTest();
            boolean gapless = world.live(new SplittableRandom(life), "life " + life);
            changed++;
            clean += gapless ? 1 : 0;
        }
        System.out.printf("%d changes of the number, %d of them without a gap%n", changed, clean);
        assertThat(clean).isPositive();
    }

    private boolean live(SplittableRandom random, String life) {
        int from = 1 + random.nextInt(4);
        int to = 1 + (from + random.nextInt(3)) % 4;
        Change change = new Change(from, to);
        new Node(from, null);
        new Node(from, null);
        pass(random.nextInt(1_000, 5_000), change);
        if (change.old.stream().anyMatch(keys -> lead(keys).slices() == 0)) {
            pass(6_000, change);
        }
        change.announce();
        for (int round = 0; round < 12; round++) {
            pass(random.nextInt(10, 900), change);
            Node one = nodes.get(random.nextInt(nodes.size()));
            switch (random.nextInt(8)) {
                case 0 -> one.place.cut();
                case 1 -> one.paused = true;
                case 2 -> one.kill();
                case 3, 4 -> newcomer(change, to);
                case 5 -> {
                    if (!change.switched()) {
                        newcomer(change, from);
                    }
                }
                default -> {}
            }
            if (random.nextInt(3) == 0) {
                nodes.forEach(node -> node.paused = node.finished);
            }
        }
        nodes.forEach(node -> node.paused = node.finished);
        if (!change.switched() && noneLives(from)) {
            newcomer(change, from);
        }
        if (noneLives(to)) {
            newcomer(change, to);
        }
        pass(20_000, change);
        assertThat(change.switched()).as(life + " switched").isTrue();
        assertThat(allLed(change)).as(life + " led").isTrue();
        pass(6_000, change);
        assertThat(dispatched()).as(life).doesNotHaveDuplicates();
        assertLostAreDeclared(life);
        return gaps() == 0;
    }

    /// Between what came out before and after each run of lost messages lies a gap.
    private void assertLostAreDeclared(String life) {
        Map<String, Position> positions = new HashMap<>();
        List<Position[]> gaps = new ArrayList<>();
        for (SliceModel store : stores.values()) {
            store.waiting()
                    .forEach(
                            entry ->
                                    positions.put(
                                            new String(entry.payload(), StandardCharsets.UTF_8),
                                            entry.position()));
            store.gaps().forEach(gap -> gaps.add(new Position[] {at(gap, 1), at(gap, 3)}));
        }
        Position before = Position.atMark(0, 0);
        boolean lost = false;
        for (String message : published) {
            Position here = positions.get(message);
            if (here != null) {
                Position from = before;
                assertThat(!lost || gaps.stream().anyMatch(gap -> meets(gap, from, here)))
                        .as(life + " lost before " + message)
                        .isTrue();
                before = here;
            }
            lost = here == null;
        }
        assertThat(positions.keySet())
                .as(life + " at its end")
                .contains(published.get(published.size() - 100));
    }

    private static Position at(List<byte[]> gap, int field) {
        return Position.parse(new String(gap.get(field), StandardCharsets.UTF_8));
    }

    private static boolean meets(Position[] gap, Position after, Position before) {
        return gap[0].compareTo(before) < 0 && gap[1].compareTo(after) > 0;
    }

    private boolean noneLives(int slices) {
        return nodes.stream().allMatch(node -> node.slices != slices || node.finished);
    }

    private void newcomer(Change change, int slices) {
        boolean waits = slices == change.to && !change.switched();
        new Node(slices, waits ? store(change.old.getFirst()) : null);
    }
}
