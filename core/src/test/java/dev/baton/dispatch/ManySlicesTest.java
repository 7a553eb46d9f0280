package dev.baton.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.duty.RoleStoppedException;
import dev.baton.redis.RedisAddress;
import dev.baton.slice.Entry;
import dev.baton.slice.Slice;
import dev.baton.source.Listening;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Several dispatchers share several slices: stepped by hand on one clock, over a flow and stores in memory.
class ManySlicesTest {

    private static final int SLICES = 5;
    private static final DispatcherSettings SETTINGS = settings(SLICES);
    private static final long STEP_MILLIS = 10;
    private static final int MAX_STEPS_AT_ONCE = 200;
    private static final long LEASE = SETTINGS.lease().toMillis();
    private static final long BEAT = SETTINGS.beat().toMillis();
    private static final long IN_SYNC = 4 * SETTINGS.markInterval().toMillis();

    /// So long a slice may take to find another dispatcher, in order.
    private static final long MOVE = 8 * BEAT;

    private long nowMillis = 1_000;
    private final Flow flow = new Flow(() -> nowMillis);
    private final List<DoubtfulStore> stores = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<String> published = new ArrayList<>();
    private long ids;

    ManySlicesTest() {
        for (int number = 0; number < SLICES; number++) {
            stores.add(new DoubtfulStore());
        }
    }

    private static DispatcherSettings settings(int slices) {
        DispatcherSettings usual =
                DispatcherSettings.defaults("d", RedisAddress.parse(RedisAddress.DEFAULT));
        return usual.toBuilder().listening(new Listening.Channels(List.of("in"))).stream("out")
                .slices(slices)
                .build();
    }

    private final class Node {
        final Flow.Ears.Place place = flow.place();
        final Counters counters = new Counters();
        final DispatcherDuty duty;
        boolean paused;
        boolean finished;

        Node(DispatcherSettings settings, List<Slice> slices) {
            duty =
                    new DispatcherDuty(
                            settings,
                            place,
                            slices,
                            () -> "id" + ids++,
                            Runnable::run,
                            () -> {},
                            new SplittableRandom(nodes.size()),
                            counters);
        }

        private void step() {
            long nowNanos = TimeUnit.MILLISECONDS.toNanos(nowMillis);
            int steps = 0;
            long rest = 0;
            while (!paused && !finished && rest == 0) {
                assertThat(steps++).as("steps without a rest").isLessThan(MAX_STEPS_AT_ONCE);
                rest = duty.doWork(nowNanos);
                finished = rest < 0;
            }
        }

        /// Gone without a word, as by SIGKILL.
        void kill() {
            paused = true;
            place.cut();
        }
    }

    private Node start() {
        Node node = new Node(SETTINGS, stores.stream().map(DoubtfulStore::slice).toList());
        nodes.add(node);
        node.step();
        return node;
    }

    private void pass(long millis) {
        for (long passed = 0; passed < millis; passed += STEP_MILLIS) {
            nodes.forEach(Node::step);
            nowMillis += STEP_MILLIS;
        }
    }

    private void publishFor(long millis) {
        for (long passed = 0; passed < millis; passed += STEP_MILLIS) {
            String text = "m" + published.size();
            published.add(text);
            flow.publish(text);
            pass(STEP_MILLIS);
        }
    }

    private List<Entry> dispatched() {
        return stores.stream().flatMap(store -> store.model().waiting().stream()).toList();
    }

    private void assertAllDispatchedOnce() {
        pass(2 * BEAT);
        for (int number = 0; number < SLICES; number++) {
            int slice = number;
            assertThat(stores.get(number).model().gaps()).isEmpty();
            assertThat(stores.get(number).model().waiting())
                    .as("slice " + number)
                    .allMatch(entry -> entry.position().index() % SLICES == slice);
        }
        assertThat(
                        dispatched().stream()
                                .map(entry -> new String(entry.payload(), StandardCharsets.UTF_8)))
                .containsExactlyInAnyOrderElementsOf(published);
    }

    private List<Integer> led() {
        return nodes.stream()
                .filter(node -> !node.paused && !node.finished)
                .map(node -> node.counters.led)
                .toList();
    }

    private List<Long> epochs() {
        return stores.stream().map(store -> store.model().lead().join().epoch()).toList();
    }

    @Test
    void theFirstDispatcherLeadsAllSlicesAndDispatchesAllItHeardAlsoBeforeItsFirstMark() {
        Node alone = start();
        alone.step();
        publishFor(200);
        pass(IN_SYNC);

        assertThat(alone.counters.led).isEqualTo(SLICES);
        assertAllDispatchedOnce();
    }

    @Test
    void slicesGoToNewcomersOneByOneUntilNobodyHasMoreThanAnEvenShareAndThenStay() {
        start();
        publishFor(IN_SYNC);
        start();
        start();
        publishFor(IN_SYNC + 4 * MOVE);

        assertThat(led()).containsExactlyInAnyOrder(2, 2, 1);
        assertThat(nodes.getFirst().counters.epoch).as("slice 0 stays").isEqualTo(1);
        List<Long> settled = epochs();
        publishFor(20 * MOVE);
        assertThat(epochs()).isEqualTo(settled);
        assertAllDispatchedOnce();
    }

    @Test
    void whoIsLeftTakesTheSlicesOfOneThatIsKilledAndGoesOnAtTheNextMessage() {
        start();
        publishFor(IN_SYNC);
        start();
        publishFor(IN_SYNC + 4 * MOVE);
        assertThat(led()).containsExactlyInAnyOrder(3, 2);
        nodes.getFirst().kill();
        publishFor(LEASE + 4 * BEAT);

        assertThat(led()).containsExactly(SLICES);
        publishFor(BEAT);
        assertAllDispatchedOnce();
    }

    @Test
    void oneThatIsStoppedHandsAllItsSlicesOverAtOnce() {
        start();
        publishFor(IN_SYNC);
        start();
        publishFor(IN_SYNC + 4 * MOVE);
        nodes.getFirst().duty.stop();
        publishFor(BEAT);

        assertThat(nodes.getFirst().finished).isTrue();
        assertThat(led()).containsExactly(SLICES);
        publishFor(BEAT);
        assertAllDispatchedOnce();
    }

    @Test
    void oneWhoseSubscriptionIsCutBringsInWhatItHeardAndGetsItsShareBack() {
        start();
        publishFor(IN_SYNC);
        start();
        publishFor(IN_SYNC + 4 * MOVE);
        nodes.getFirst().place.cut();
        publishFor(2 * IN_SYNC + 4 * MOVE);

        assertThat(led()).containsExactlyInAnyOrder(2, 3);
        assertAllDispatchedOnce();
    }

    @Test
    void oneThatStandsStillLosesItsSlicesAndWritesNothingWhenItWakes() {
        start();
        publishFor(IN_SYNC);
        start();
        publishFor(IN_SYNC + 4 * MOVE);
        nodes.getFirst().paused = true;
        publishFor(LEASE + 4 * BEAT);
        assertThat(led()).containsExactly(SLICES);
        nodes.getFirst().paused = false;
        publishFor(4 * MOVE);

        assertThat(led()).containsExactlyInAnyOrder(3, 2);
        assertAllDispatchedOnce();
    }

    @Test
    void aLeaderThatNoLongerHearsTheMarksGivesUpWhatItLeads() {
        start();
        publishFor(IN_SYNC);
        Node second = start();
        publishFor(IN_SYNC + 4 * MOVE);
        assertThat(second.counters.led).isEqualTo(2);
        second.place.deaf = true;
        pass(2 * LEASE + 4 * BEAT);
        second.place.deaf = false;
        pass(BEAT);

        assertThat(led()).contains(SLICES);
        publishFor(IN_SYNC + LEASE + 4 * MOVE);
        assertThat(led()).containsExactlyInAnyOrder(3, 2);
        assertAllDispatchedOnce();
    }

    @Test
    void aLookThatShowsOurOwnClaimIsNoReasonToForgetWhatWasHeard() {
        stores.get(1).refused.add("lead");
        Node alone = start();
        publishFor(BEAT - 2 * STEP_MILLIS);
        stores.get(0).refused.add("lead");
        stores.get(0).slow.add("claim");
        publishFor(3 * STEP_MILLIS);
        stores.get(1).refused.clear();
        publishFor(4 * BEAT);
        assertThat(epochs().getFirst()).isPositive();
        assertThat(alone.counters.led).isZero();
        stores.get(0).refused.clear();
        publishFor(4 * BEAT);
        stores.get(0).answer();
        publishFor(4 * BEAT);

        assertThat(alone.counters.led).isEqualTo(SLICES);
        assertAllDispatchedOnce();
    }

    @Test
    void whoClaimsTheFirstSliceOfAnEmptiedStoreKnowsFromTheOthersThatThereWasSomething() {
        Node first = start();
        publishFor(IN_SYNC);
        Node second = start();
        publishFor(IN_SYNC + 2 * MOVE);
        assertThat(second.counters.led).isPositive();
        first.kill();
        stores.forEach(store -> store.refused.addAll(List.of("claim", "lead")));
        start();
        publishFor(2 * BEAT);
        second.kill();
        stores.forEach(DoubtfulStore::empty);
        stores.forEach(store -> store.refused.clear());
        publishFor(2 * LEASE);

        assertThat(epochs().getFirst()).isPositive();
        assertThat(stores.getFirst().model().gaps()).isNotEmpty();
    }

    /// Else each would dispatch its own share by numbers of its own, and a message could belong to neither.
    @Test
    void noSliceIsClaimedByOneThatDoesNotNumberLikeTheLeaderOfTheFirst() {
        Node first = start();
        publishFor(IN_SYNC);
        Node standby = start();
        publishFor(IN_SYNC);
        first.kill();
        publishFor(2 * LEASE);
        assertThat(standby.counters.led).isEqualTo(SLICES);
        standby.paused = true;
        stores.forEach(DoubtfulStore::empty);
        stores.subList(1, SLICES).forEach(store -> store.refused.add("claim"));
        Node fresh = start();
        publishFor(2 * BEAT);
        assertThat(fresh.counters.led).isEqualTo(1);
        fresh.paused = true;
        standby.place.lagMillis = BEAT / 2;
        stores.forEach(store -> store.refused.clear());
        standby.paused = false;
        publishFor(LEASE - 2 * STEP_MILLIS);

        assertThat(standby.counters.led).isZero();
    }

    @Test
    void oneStartedWithAnotherNumberOfSlicesIsRefused() {
        start();
        publishFor(IN_SYNC);
        nodes.getFirst().kill();
        pass(STEP_MILLIS);
        Node other = new Node(settings(1), List.of(stores.getFirst().slice()));
        nodes.clear();
        nodes.add(other);

        assertThatThrownBy(() -> pass(2 * LEASE + 4 * BEAT))
                .isInstanceOf(RoleStoppedException.class)
                .hasMessageContaining("has 5 slices")
                .hasMessageContaining("--slices 5");
    }
}
