package dev.baton.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.Position;
import dev.baton.redis.RedisAddress;
import dev.baton.slice.Claim;
import dev.baton.slice.Lead;
import dev.baton.slice.Membership;
import dev.baton.slice.Reply;
import dev.baton.slice.WorkerState;
import dev.baton.source.Control;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Dispatchers stepped by hand on one clock, over a flow and a store in memory.
class DispatcherDutyTest {

    private static final DispatcherSettings SETTINGS =
            DispatcherSettings.defaults("d", RedisAddress.parse(RedisAddress.DEFAULT));

    private static final long STEP_MILLIS = 10;

    /// Steps at one moment without a rest: more is a busy loop.
    private static final int MAX_STEPS_AT_ONCE = 100;

    private static final long LEASE = SETTINGS.lease().toMillis();
    private static final long BEAT = SETTINGS.beat().toMillis();
    private static final long GRACE = 3 * BEAT;
    private static final long IN_SYNC = 4 * SETTINGS.markInterval().toMillis();

    private long nowMillis = 1_000;
    private final Flow flow = new Flow(() -> nowMillis);
    private final DoubtfulStore store = new DoubtfulStore();
    private final List<Node> nodes = new ArrayList<>();
    private final List<String> published = new ArrayList<>();
    private long ids;

    private final class Node {
        final Flow.Ears.Place place = flow.place();
        final Counters counters = new Counters();
        final DispatcherDuty duty =
                new DispatcherDuty(
                        SETTINGS,
                        place,
                        List.of(store.slice()),
                        () -> "id" + ids++,
                        Runnable::run,
                        () -> {},
                        new SplittableRandom(nodes.size()),
                        counters);
        boolean paused;
        boolean finished;

        boolean leads() {
            return counters.epoch > 0;
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
        Node node = new Node();
        nodes.add(node);
        return node;
    }

    private void pass(long millis) {
        for (long passed = 0; passed < millis; passed += STEP_MILLIS) {
            nodes.forEach(Node::step);
            nowMillis += STEP_MILLIS;
        }
    }

    private void publish(int messages) {
        for (int i = 0; i < messages; i++) {
            String text = "m" + published.size();
            published.add(text);
            flow.publish(text);
        }
    }

    private List<String> dispatched() {
        return store.model().waiting().stream()
                .map(entry -> new String(entry.payload(), StandardCharsets.UTF_8))
                .toList();
    }

    private List<String> gaps() {
        return store.model().gaps().stream()
                .map(
                        fields ->
                                fields.stream()
                                        .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                                        .toList()
                                        .toString())
                .toList();
    }

    private Node leader() {
        Node leader = start();
        pass(IN_SYNC);
        publish(5);
        pass(IN_SYNC);
        assertThat(leader.leads()).isTrue();
        assertThat(dispatched()).isEqualTo(published);
        return leader;
    }

    private Node standbyInSync() {
        Node standby = start();
        pass(IN_SYNC);
        publish(5);
        pass(IN_SYNC);
        assertThat(standby.counters.inSync).isTrue();
        return standby;
    }

    private void assertAllDispatchedOnce() {
        assertThat(dispatched()).isEqualTo(published);
        assertThat(gaps()).isEmpty();
    }

    @Test
    void theFirstDispatcherLeadsAndDispatchesAllItHeardAlsoBeforeItsFirstMark() {
        Node alone = start();
        alone.step();
        publish(3);
        pass(IN_SYNC);
        publish(3);
        pass(BEAT);

        assertThat(alone.leads()).isTrue();
        assertAllDispatchedOnce();
    }

    @Test
    void aStandbyInSyncGoesOnAtTheNextMessageWhenTheLeaderIsKilled() {
        Node leader = leader();
        Node standby = standbyInSync();
        publish(7);
        pass(STEP_MILLIS);
        leader.kill();
        publish(7);
        pass(LEASE + 2 * BEAT);

        assertThat(standby.leads()).isTrue();
        publish(3);
        pass(BEAT);
        assertAllDispatchedOnce();
    }

    @Test
    void aLeaderThatIsStoppedHandsOverAtOnce() {
        Node leader = leader();
        Node standby = standbyInSync();
        publish(4);
        leader.duty.stop();
        pass(2 * STEP_MILLIS);
        publish(4);
        pass(3 * STEP_MILLIS);

        assertThat(leader.finished).isTrue();
        assertThat(standby.leads()).isTrue();
        pass(BEAT);
        assertAllDispatchedOnce();
    }

    @Test
    void aLeaderWhoseSubscriptionIsCutBringsInWhatItHeardAndComesBackInSync() {
        Node leader = leader();
        Node standby = standbyInSync();
        publish(4);
        leader.place.cut();
        publish(4);
        pass(2 * IN_SYNC);

        assertThat(standby.leads()).isTrue();
        publish(4);
        pass(IN_SYNC);
        assertAllDispatchedOnce();
        assertThat(leader.counters.inSync).isTrue();
    }

    @Test
    void aPausedLeaderThatWakesWritesNothing() {
        Node leader = leader();
        Node standby = standbyInSync();
        leader.paused = true;
        publish(6);
        pass(LEASE + 2 * BEAT);
        assertThat(standby.leads()).isTrue();
        publish(6);
        leader.paused = false;
        pass(BEAT);
        publish(6);
        pass(BEAT);

        assertThat(leader.leads()).isFalse();
        assertThat(leader.counters.inSync).isTrue();
        assertAllDispatchedOnce();
        assertThat(leader.counters.disagreements.sum() + standby.counters.disagreements.sum())
                .isZero();
    }

    @Test
    void oneWithoutCoverageWaitsAGraceLongerAndDeclaresWhatNobodyHeard() {
        leader().kill();
        publish(2);
        Node late = start();
        pass(LEASE + GRACE - STEP_MILLIS);
        assertThat(late.leads()).isFalse();
        publish(3);
        pass(2 * BEAT);

        assertThat(late.leads()).isTrue();
        assertThat(gaps()).hasSize(1).first().asString().contains("nobody in sync listened");
        assertThat(dispatched()).endsWith("m7", "m8", "m9").doesNotHaveDuplicates();
    }

    @Test
    void whatWasHeardBeforeAnyMarkIsForgottenIfTheLeaderMayHaveDispatchedIt() {
        Node leader = leader();
        Node late = start();
        late.place.lagMillis = 5 * STEP_MILLIS;
        store.away = true;
        late.step();
        store.away = false;
        publish(3);
        leader.step();
        leader.kill();
        assertThat(dispatched()).isEqualTo(published);
        pass(LEASE + GRACE + 2 * BEAT);

        assertThat(late.leads()).isTrue();
        assertThat(dispatched()).isEqualTo(published);
    }

    @Test
    void aNewcomerThatHearsLateClaimsOnlyWhenItKnowsWhatIsNew() {
        Node leader = leader();
        Node late = start();
        late.place.lagMillis = 3 * (LEASE + GRACE);
        late.step();
        publish(3);
        leader.step();
        leader.kill();
        pass(2 * (LEASE + GRACE));
        assertThat(late.leads()).isFalse();
        late.place.lagMillis = 0;
        pass(2 * BEAT);
        publish(2);
        pass(2 * BEAT);

        assertThat(late.leads()).isTrue();
        assertThat(dispatched()).doesNotHaveDuplicates().endsWith("m8", "m9");
    }

    @Test
    void whatTheLeaderDispatchedBetweenOurLookAndOurClaimIsNotDispatchedAgain() {
        Node leader = leader();
        leader.place.mute = true;
        Node late = start();
        late.place.lagMillis = 3 * STEP_MILLIS;
        for (long passed = 0; passed < LEASE + GRACE + 4 * BEAT; passed += STEP_MILLIS) {
            publish(1);
            pass(STEP_MILLIS);
        }

        assertThat(late.leads()).isTrue();
        assertThat(dispatched()).doesNotHaveDuplicates();
        assertThat(gaps()).isNotEmpty();
    }

    @Test
    void whenAllAreCutABreakIsDeclaredAndNothingElseIsMissing() {
        Node leader = leader();
        Node standby = standbyInSync();
        publish(2);
        leader.place.cut();
        standby.place.cut();
        publish(1);
        pass(LEASE + GRACE + 2 * BEAT);
        publish(2);
        pass(BEAT);

        List<String> expected = new ArrayList<>(published);
        expected.remove("m12");
        assertThat(dispatched()).isEqualTo(expected);
        assertThat(gaps()).hasSize(1).first().asString().contains("nobody listened");
    }

    @Test
    void whatTheStoreLostWithItsTailIsDispatchedAgain() throws ReflectiveOperationException {
        Node leader = leader();
        int before = store.moment();
        publish(5);
        pass(BEAT);
        publish(5);
        pass(BEAT);
        store.setBack(before);
        pass(2 * BEAT);
        publish(1);
        pass(BEAT);

        assertAllDispatchedOnce();
        assertThat(leader.counters.wentBack.sum()).isEqualTo(1);
    }

    @Test
    void whatTheStoreLostIsDispatchedAgainHoweverLongItWasAway()
            throws ReflectiveOperationException {
        leader();
        int before = store.moment();
        publish(5);
        pass(BEAT);
        store.away = true;
        pass(5 * SETTINGS.retention().toMillis());
        store.setBack(before);
        store.away = false;
        pass(2 * LEASE);
        publish(1);
        pass(BEAT);

        assertAllDispatchedOnce();
    }

    @Test
    void whatIsRetainedIsDispatchedAgainWhenTheStoreWasEmptied() {
        Node leader = leader();
        store.empty();
        pass(3 * BEAT);
        publish(1);
        pass(BEAT);

        assertThat(leader.leads()).isTrue();
        assertThat(dispatched()).isEqualTo(published);
        assertThat(gaps()).hasSize(1).first().asString().contains("the store was emptied");
    }

    /// One that was started since gives a term and marks of it again: the watermark it moves lies elsewhere than here.
    @Test
    void inAStoreThatWasEmptiedMarksOfTheSameNamesMeanNothing() {
        Node leader = leader();
        Node standby = standbyInSync();
        leader.kill();
        Position reused = watermark();
        store.empty();
        assertThat(store.slice().claim(freshClaim(reused))).isCompleted();
        assertThat(watermark()).isEqualTo(reused);

        pass(2 * BEAT);

        assertThat(standby.counters.inSync).isFalse();
        assertThat(standby.counters.disagreements.sum()).isZero();
    }

    private @Nullable Position watermark() {
        return store.model().lead().join().watermark();
    }

    private static Claim freshClaim(@Nullable Position start) {
        return new Claim(
                "fresh",
                Lead.NONE,
                0,
                0,
                null,
                true,
                start,
                false,
                1,
                "another",
                "nobody listened",
                0);
    }

    @Test
    void aLeaderThatNoLongerHearsItselfGivesUp() {
        Node leader = leader();
        Node standby = standbyInSync();
        leader.place.deaf = true;
        publish(5);
        pass(LEASE + 3 * BEAT);
        publish(5);
        pass(BEAT);

        assertThat(standby.leads()).isTrue();
        assertAllDispatchedOnce();
        leader.place.deaf = false;
        leader.place.cut();
        pass(4 * BEAT);
        assertThat(leader.counters.inSync).isTrue();
    }

    @Test
    void aLeaderThatCannotSpeakLosesItsLease() {
        Node leader = leader();
        Node standby = standbyInSync();
        leader.place.mute = true;
        publish(5);
        pass(LEASE + 4 * BEAT);
        publish(5);
        pass(BEAT);

        assertThat(standby.leads()).isTrue();
        assertThat(leader.leads()).isFalse();
        assertAllDispatchedOnce();
    }

    @Test
    void aStandbyThatMissedAMessageStartsOverAndTheLeaderGoesOn() {
        Node leader = leader();
        Node standby = standbyInSync();
        standby.place.deaf = true;
        publish(1);
        standby.place.deaf = false;
        pass(2 * SETTINGS.markInterval().toMillis());
        assertThat(standby.counters.disagreements.sum()).isEqualTo(1);
        assertThat(standby.counters.inSync).isFalse();
        pass(LEASE + BEAT + IN_SYNC);

        assertThat(standby.place.subscribed).isEqualTo(2);
        assertThat(standby.counters.inSync).isTrue();
        assertThat(leader.leads()).isTrue();
        assertAllDispatchedOnce();
    }

    /// By its own term alone a mark's name belongs to one place: two leaders that went on in one term gave it to two.
    @Test
    void aLeaderThatHearsAMarkOfALaterTermClaimsAnewAndMissesNothing() {
        Node leader = leader();
        Control.Mark ours = flow.marks().getLast();
        int seen = flow.marks().size();
        publish(3);
        flow.announce(
                new Control.Mark(ours.pipeline(), 4711, ours.node(), ours.term() + 8, 3, null));
        publish(3);
        pass(IN_SYNC);
        publish(3);
        pass(IN_SYNC);

        assertThat(leader.leads()).isTrue();
        assertThat(store.model().lead().join().epoch()).isGreaterThan(ours.term() + 8);
        assertThat(flow.marks().subList(seen + 1, flow.marks().size()))
                .isNotEmpty()
                .allMatch(mark -> mark.term() == store.model().lead().join().epoch());
        assertThat(dispatched()).isEqualTo(published);
    }

    @Test
    void aLateMarkOfADeposedLeaderIsNothingToBeginWith() {
        Node first = leader();
        Node second = standbyInSync();
        Control.Mark old = flow.marks().getLast();
        first.kill();
        pass(LEASE + 2 * BEAT);
        assertThat(second.leads()).isTrue();
        pass(BEAT);
        Node late = start();
        late.step();
        late.step();
        flow.announce(
                new Control.Mark(
                        old.pipeline(), 4711, old.node(), old.term(), old.mark() + 9, null));
        publish(3);
        second.kill();
        pass(LEASE + GRACE + 2 * BEAT);

        assertThat(late.leads()).isTrue();
        assertThat(dispatched()).isEqualTo(published);
    }

    @Test
    void aClaimWhoseAnswerComesAfterTheSubscriptionWasLostCostsALeaseAndNothingElse() {
        Node leader = leader();
        Node standby = standbyInSync();
        publish(3);
        leader.kill();
        store.slow.add("claim");
        pass(LEASE + 2 * BEAT);
        standby.place.cut();
        pass(STEP_MILLIS);
        store.answer();
        pass(LEASE + GRACE + 4 * BEAT);
        publish(3);
        pass(BEAT);

        assertThat(standby.leads()).isTrue();
        assertThat(dispatched()).isEqualTo(published);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 110, 230, 370, 490, 610})
    void nobodyTakesOverBecauseTheStoreWasAway(long more) {
        Node leader = leader();
        standbyInSync();
        long epoch = leader.counters.epoch;
        store.away = true;
        publish(3);
        pass(5 * LEASE + more);
        store.away = false;
        pass(3 * LEASE);

        assertThat(leader.counters.epoch).isEqualTo(epoch);
        assertAllDispatchedOnce();
    }

    @Test
    void noWorkerIsTakenForLostBecauseTheStoreWasAway() {
        leader();
        var _ = store.model().join("w", "i", 1, 3, Map.of());
        Membership worker = new Membership("w", "i", 1);
        long beat = 0;
        for (int i = 0; i < 4; i++) {
            var _ = store.model().beat(worker, ++beat, WorkerState.LIVE);
            pass(BEAT);
        }
        store.away = true;
        pass(2 * SETTINGS.workerTimeout().toMillis());
        store.away = false;
        for (int i = 0; i < 8; i++) {
            pass(BEAT);
            assertThat(store.model().beat(worker, ++beat, WorkerState.LIVE).join())
                    .isInstanceOf(Reply.Applied.class);
        }
    }

    @Test
    void nobodyBurnsAProcessorWhileTheStoreKeepsItsAnswersBack() {
        leader();
        standbyInSync();
        store.slow.addAll(Set.of("lead", "roster", "dispatch"));
        for (int i = 0; i < 6; i++) {
            publish(1);
            pass(BEAT);
        }
        store.answer();
        pass(BEAT);

        assertAllDispatchedOnce();
    }

    @Test
    void theFirstMarkIsKnownAgainHoweverLongItWasOnItsWay() {
        Node alone = start();
        alone.place.lagMillis = 2 * SETTINGS.markInterval().toMillis();
        alone.step();
        publish(3);
        pass(BEAT + IN_SYNC);

        assertAllDispatchedOnce();
    }

    @Test
    void aStandbyStaysInSyncWhileTheLeaderTakesLongForItsLastWords() {
        Node leader = leader();
        Node standby = standbyInSync();
        store.refused.add("dispatch");
        publish(3);
        pass(STEP_MILLIS);
        leader.place.cut();
        pass(3 * LEASE);
        assertThat(standby.place.subscribed).isEqualTo(1);
        publish(3);
        store.refused.clear();
        pass(2 * LEASE);

        assertThat(standby.leads()).isTrue();
        assertAllDispatchedOnce();
    }

    @Test
    void anOldAnswerToARenewalIsNotTakenForALostTail() {
        Node leader = leader();
        store.slow.add("renew");
        pass(BEAT);
        publish(3);
        pass(2 * STEP_MILLIS);
        store.answer();
        pass(BEAT);

        assertThat(leader.counters.wentBack.sum()).isZero();
        assertAllDispatchedOnce();
    }

    @Test
    void aSubscriptionThatEndsAgainAndAgainIsTriedLessOften() {
        Node node = start();
        node.place.unstable = true;
        pass(10_000);

        assertThat(node.place.subscribed).isBetween(5, 30);
    }

    @Test
    void oneThatIsStoppedWhileItClaimsLeavesNobodyWaitingForItsLease() {
        leader().kill();
        Node standby = start();
        pass(LEASE);
        store.slow.add("claim");
        pass(2 * LEASE);
        standby.duty.stop();
        pass(STEP_MILLIS);
        store.answer();
        pass(BEAT);

        assertThat(standby.finished).isTrue();
        assertThat(store.model().lead().join().owner()).isEmpty();
    }

    @Test
    void stopsAsAStandby() {
        leader();
        Node standby = standbyInSync();
        standby.duty.stop();
        standby.step();

        assertThat(standby.finished).isTrue();
    }

    @Test
    void stopsBeforeItEverSubscribed() {
        Node node = start();
        node.duty.stop();
        node.step();

        assertThat(node.finished).isTrue();
        assertThat(node.place.subscribed).isZero();
    }

    @Test
    void stopsBetweenTwoSubscriptions() {
        Node node = start();
        node.place.unstable = true;
        pass(LEASE);
        node.duty.stop();
        node.step();

        assertThat(node.finished).isTrue();
    }

    @Test
    void stopsWhileItHandsOverOnceTheStoreIsBack() {
        Node leader = leader();
        store.away = true;
        publish(3);
        pass(STEP_MILLIS);
        leader.place.cut();
        pass(BEAT);
        leader.duty.stop();
        pass(LEASE);
        assertThat(leader.finished).isFalse();
        store.away = false;
        pass(LEASE);

        assertThat(leader.finished).isTrue();
        assertAllDispatchedOnce();
        assertThat(store.model().lead().join().owner()).isEmpty();
    }

    @Test
    void stopsWhenSomebodyElseLeadsByThen() {
        Node leader = leader();
        Node standby = standbyInSync();
        leader.paused = true;
        pass(LEASE + 2 * BEAT);
        publish(2);
        leader.duty.stop();
        leader.paused = false;
        pass(BEAT);

        assertThat(leader.finished).isTrue();
        assertThat(standby.leads()).isTrue();
        assertAllDispatchedOnce();
    }
}
