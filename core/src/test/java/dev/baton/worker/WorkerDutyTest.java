package dev.baton.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.Position;
import dev.baton.duty.Health;
import dev.baton.duty.RoleStoppedException;
import dev.baton.redis.RedisAddress;
import dev.baton.slice.Batch;
import dev.baton.slice.Claim;
import dev.baton.slice.Delivery;
import dev.baton.slice.Entry;
import dev.baton.slice.Finish;
import dev.baton.slice.Lead;
import dev.baton.slice.Leadership;
import dev.baton.slice.Membership;
import dev.baton.slice.Reply;
import dev.baton.slice.Roster;
import dev.baton.slice.SliceModel;
import dev.baton.slice.WorkerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A worker's life, stepped by hand on a slice in memory: what it does when a processor does not return, when its time
/// is over, and when another takes its name.
class WorkerDutyTest {

    private static final long STEP_MILLIS = 10;
    private static final Position FIRST = Position.atMark(1, 0);

    /// Finishes what it takes at once, but for the entries that hang: those keep their place until somebody fresh has
    /// it.
    private static final class ProcessorsByHand implements Processors, Crew {
        private final int places;
        private final List<Long> inHand = new ArrayList<>();
        private @Nullable LaneWindow window;

        /// Kinds of messages that hang.
        private String hanging = "";

        /// Most entries it takes in a step.
        private int pace = Integer.MAX_VALUE;

        private boolean asleep;
        private int left;

        ProcessorsByHand(int places) {
            this.places = places;
        }

        @Override
        public void workOn(@Nullable LaneWindow current) {
            if (current != window) {
                left += inHand.size();
                inHand.clear();
            }
            window = current;
        }

        @Override
        public void entriesAdded() {}

        @Override
        public int leftBehind() {
            return left;
        }

        @Override
        public boolean allBusy() {
            return inHand.size() == places;
        }

        void work() {
            LaneWindow current = window;
            if (current == null || asleep) {
                return;
            }
            for (long ordinal : List.copyOf(inHand)) {
                if (!hangs(current.entry(ordinal))) {
                    current.finish(ordinal, new Finish.Emit(List.of()));
                    inHand.remove(ordinal);
                }
            }
            long next;
            for (int i = 0;
                    i < pace && inHand.size() < places && (next = current.take()) >= 0;
                    i++) {
                if (hangs(current.entry(next))) {
                    inHand.add(next);
                } else {
                    current.finish(next, new Finish.Emit(List.of()));
                }
            }
        }

        private boolean hangs(Entry entry) {
            return hanging.indexOf(entry.payload()[0]) >= 0;
        }
    }

    private final SliceModel slice = new SliceModel(() -> 0);
    private ProcessorsByHand processors = new ProcessorsByHand(1);
    private WorkerDuties duty = duty("life");
    private Leadership leader = new Leadership(0, "");
    private long nowMillis = 1_000;
    private long rest;

    @BeforeEach
    void begin() {
        Claim claim =
                new Claim(
                        "a", Lead.NONE, 0, 0, null, true, null, false, 1, "generation", "cause", 0);
        Reply.ToClaim granted = slice.claim(claim).join();
        assertThat(granted).isInstanceOf(Reply.Granted.class);
        leader = ((Reply.Granted) granted).leadership();
        run(50);
    }

    @Test
    void aProcessorThatDoesNotReturnStopsTheBeat() {
        processors.hanging = "p";
        dispatch("p");
        run(900);
        long before = seat().beat();
        run(300);
        assertThat(seat().beat()).as("within its time").isGreaterThan(before - 1);
        long stoodAt = seat().beat();

        run(5_000);

        assertThat(seat().beat()).isEqualTo(stoodAt);
        assertThat(stoodAt).isBetween(9L, 12L);
    }

    @Test
    void aProcessorThatReturnsAfterAllIsAliveAgain() {
        processors.hanging = "p";
        dispatch("p");
        run(3_000);
        long stoodAt = seat().beat();

        processors.hanging = "";
        run(1_000);

        assertThat(seat().beat()).isGreaterThan(stoodAt + 7);
        assertThat(slice.books().count("dropped")).isEqualTo(1);
    }

    @Test
    void manyShortMessagesAreNoHang() {
        for (int i = 0; i < 40; i++) {
            dispatch("g".repeat(5));
            run(100);
        }

        assertThat(seat().beat()).isGreaterThan(35);
    }

    @Test
    void aHungWorkerTakesNothingMoreInHand() {
        processors = new ProcessorsByHand(3);
        duty = duty("other");
        run(50);
        processors.hanging = "p";
        dispatch("p");
        run(2_000);

        dispatch("ggg");
        run(1_000);

        assertThat(seat().backlog()).isEqualTo(4);
        assertThat(fetched()).isEqualTo(1);
    }

    @Test
    void whatIsFinishedBeforeTheHungOneIsCommittedAllTheSame() {
        processors.hanging = "p";
        dispatch("ggpgg");
        run(3_000);

        assertThat(slice.books().count("dropped")).isEqualTo(2);
    }

    @Test
    void aMessageThatHangsThreeTimesIsADeadLetterAndOthersPass() {
        processors.hanging = "p";
        dispatch("gpgg");
        for (int life = 1; life <= 3; life++) {
            run(2_000);
            takeTheLaneAway();
            run(500);
            slice.deal(leader, List.of("w")).join();
        }
        run(1_000);

        assertThat(slice.books().count("dropped")).isEqualTo(3);
        assertThat(slice.books().count("dead")).isEqualTo(1);
        assertThat(slice.books().balanced()).isTrue();
        assertThat(processors.left).isEqualTo(3);
        assertThat(seat().state()).isEqualTo(WorkerState.LIVE);
    }

    @Test
    void tooManyThreadsLeftBehindEndTheWorkerWithoutLeaving() {
        processors.left = WorkerDuty.MAX_LEFT_BEHIND;
        processors.hanging = "p";
        dispatch("p");

        assertThatThrownBy(() -> run(2_000))
                .isInstanceOf(RoleStoppedException.class)
                .hasMessageContaining("8 threads");
        assertThat(seat().backlog()).as("the leader takes it, with a mark").isEqualTo(1);
    }

    @Test
    void aWorkerWhoseThreadsTakeNothingGivesItsEntriesBackWithoutAMarkAndEnds() {
        processors.asleep = true;
        dispatch("ggg");

        assertThatThrownBy(() -> run(2_000))
                .isInstanceOf(RoleStoppedException.class)
                .hasMessageContaining("no thread has taken");
        assertThat(slice.waiting()).hasSize(3).extracting(Entry::crashes).containsOnly(0);
        assertThat(slice.books().workers()).isEmpty();
    }

    @Test
    void ofSeveralAtOnceEachIsTimedFromItsOwnStart() {
        processors = new ProcessorsByHand(3);
        duty = duty("other");
        run(50);
        processors.hanging = "pq";
        dispatch("q");
        run(100);
        dispatch("p");
        run(700);
        processors.hanging = "p";
        run(500);
        long stoodAt = seat().beat();

        run(1_000);

        assertThat(slice.books().count("dropped")).isEqualTo(1);
        assertThat(seat().beat()).isEqualTo(stoodAt);
    }

    @Test
    void entriesOfTwentyMegabytesAreHeldOneAtATime() {
        processors.hanging = "p";
        byte[] payload = new byte[20 << 20];
        payload[0] = 'p';
        List<Entry> large = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            large.add(Entry.of(FIRST.plus(i), 0, new byte[0], payload, 0, payload.length));
        }
        slice.dispatch(leader, new Batch(FIRST, FIRST.plus(5), List.of(new Delivery("w", large))))
                .join();

        run(300);
        assertThat(fetched()).isEqualTo(1);
        processors.hanging = "";
        run(300);
        assertThat(slice.books().count("dropped")).isEqualTo(5);
    }

    @Test
    void withEnoughInHandItReadsManyOrNone() {
        processors.pace = 1;
        dispatch("g".repeat(600));
        dispatch("g".repeat(600));
        run(50);

        List<Long> reads = new ArrayList<>();
        long before = fetched();
        for (int step = 0; step < 2_000 && before < 1_200; step++) {
            run(STEP_MILLIS);
            long now = fetched();
            if (now > before) {
                reads.add(now - before);
            }
            before = now;
        }

        assertThat(before).isEqualTo(1_200);
        reads.removeLast(); // what was left
        assertThat(reads).isNotEmpty().allMatch(read -> read >= WorkerDuty.MIN_READ_ENTRIES);
    }

    @Test
    void whatComesWhileOneOfSeveralIsAtWorkIsTakenByTheOthers() {
        processors = new ProcessorsByHand(3);
        duty = duty("other");
        run(50);
        processors.hanging = "p";
        dispatch("p");
        run(50);

        dispatch("gg");
        run(50);

        assertThat(fetched()).isEqualTo(3);
    }

    @Test
    void whatStillRunsWhenTheTimeIsOverGoesToOthersWithACrashMark() {
        processors.hanging = "p";
        dispatch("gp");
        run(200);
        duty.quiet();
        run(200);
        assertThat(rest).isNotNegative();

        duty.giveUp();
        run(50);

        assertThat(rest).isNegative();
        assertThat(slice.waiting()).extracting(Entry::crashes).containsExactly(1);
        assertThat(slice.books().workers()).isEmpty();
        assertThat(slice.books().balanced()).isTrue();
    }

    @Test
    void whatDidNotRunYetGoesToOthersWithoutAMark() {
        processors.asleep = true;
        dispatch("gg");
        run(200);

        duty.giveUp();
        run(50);

        assertThat(rest).isNegative();
        assertThat(slice.waiting()).extracting(Entry::crashes).containsExactly(0, 0);
    }

    @Test
    void aWorkerWhoseNameALivingOneTookEnds() {
        slice.join("w", "somebody else's", 1, 3, Map.of()).join();

        assertThatThrownBy(
                        () -> {
                            for (int beat = 1; beat < 20; beat++) {
                                var other = new Membership("w", "somebody else's", 2);
                                slice.beat(other, beat, WorkerState.LIVE).join();
                                run(100);
                            }
                        })
                .isInstanceOf(RoleStoppedException.class)
                .hasMessageContaining("named w");
        assertThat(seat().incarnation()).isEqualTo("somebody else's");
    }

    @Test
    void aWorkerWhoseNameWasTakenByOneThatDiedJoinsAnew() {
        slice.join("w", "somebody else's", 1, 3, Map.of()).join();

        run(1_000);

        assertThat(seat().incarnation()).startsWith("life.");
        assertThat(seat().beat()).isPositive();
    }

    private WorkerDuties duty(String life) {
        WorkerSettings settings =
                WorkerSettings.builder("w", RedisAddress.parse(RedisAddress.DEFAULT)).stream("out")
                        .slices(1)
                        .concurrency(processors.places)
                        .beat(Duration.ofMillis(100))
                        .processTimeout(Duration.ofSeconds(1))
                        .build();
        WorkerDuty only =
                new WorkerDuty(
                        settings,
                        slice,
                        0,
                        Map.of("host", "here"),
                        () -> life,
                        processors,
                        () -> {},
                        new SplittableRandom(1),
                        new Health("worker w", "here"));
        return new WorkerDuties(settings, List.of(only), processors);
    }

    private void run(long millis) {
        for (long passed = 0; passed < millis && rest >= 0; passed += STEP_MILLIS) {
            nowMillis += STEP_MILLIS;
            processors.work();
            rest = duty.doWork(TimeUnit.MILLISECONDS.toNanos(nowMillis));
        }
    }

    private void dispatch(String kinds) {
        Position at = slice.lead().join().watermark();
        if (at == null) {
            throw new IllegalStateException("nobody leads");
        }
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < kinds.length(); i++) {
            byte[] payload = {(byte) kinds.charAt(i)};
            entries.add(Entry.of(at.plus(i), 0, new byte[0], payload, 0, 1));
        }
        Batch batch = new Batch(at, at.plus(kinds.length()), List.of(new Delivery("w", entries)));
        assertThat(slice.dispatch(leader, batch).join()).isInstanceOf(Reply.Appended.class);
    }

    private void takeTheLaneAway() {
        assertThat(slice.reassign(leader, seat(), 3, List.of()).join())
                .isEqualTo(new Reply.Moved(0));
    }

    private Roster.Seat seat() {
        return slice.roster().join().workers().getFirst();
    }

    private long fetched() {
        return Long.parseLong(
                slice.books().workers().getFirst().fields().getOrDefault("fetched", "-1"));
    }
}
