package dev.baton.slice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.Position;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// On one server, with packs in lanes.
class RedisPackedContractIT extends RedisSliceContract {

    private static final int MUCH = 1 << 24;

    @Override
    RedisStore newStore() {
        return new RedisStore();
    }

    @Override
    boolean packs() {
        return true;
    }

    @Override
    Slice slice() {
        return new PackedLanes(super.slice());
    }

    @Test
    void aLongLaneIsLeftInPieces() {
        Leadership leader = lead("a");
        Membership worker = join("w");
        List<Entry> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            all.addAll(dispatch(leader, "w", 700));
        }

        long left = 2_100;
        while (left > 0) {
            long before = left;
            left = answer(Reply.Moved.class, slice().leave(worker)).left();
            assertThat(before - left).isBetween(1L, 1_050L);
        }

        assertThat(waiting()).isEqualTo(all);
    }

    @Test
    void aLostWorkersPacksGoToLiveLanesAndWhatItHadInHandIsMarked() {
        Leadership leader = lead("a");
        Membership lost = join("w");
        List<Entry> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            all.addAll(dispatch(leader, "w", 700));
        }
        read(lost, 0, 0, 5);
        join("x");
        join("y");
        Roster.Seat seen = seat("w");

        Reply.Moved moved;
        do {
            moved =
                    answer(
                            Reply.Moved.class,
                            slice().reassign(leader, seen, MAX_CRASHES, List.of("x", "y")));
        } while (moved.left() > 0);

        List<Entry> both = new ArrayList<>(lane("x"));
        both.addAll(lane("y"));
        assertThat(lane("x").size()).isBetween(700, 1_400);
        assertThat(both).extracting(Entry::position).doesNotHaveDuplicates();
        assertThat(both)
                .extracting(Entry::position)
                .containsExactlyInAnyOrderElementsOf(all.stream().map(Entry::position).toList());
        assertThat(both.stream().filter(entry -> entry.crashes() > 0).map(Entry::position))
                .containsExactlyInAnyOrderElementsOf(
                        all.subList(0, 5).stream().map(Entry::position).toList());
    }

    /// How many entries there were beside elements would be counted for ever.
    @Test
    void aLaneThatWasDeletedByHandHoldsNothing() {
        Leadership leader = lead("a");
        Membership worker = join("w");
        dispatch(leader, "w", 50);
        read(worker, 0, 0, 20);
        deleteLane("w");

        assertThat(answer(Reply.Moved.class, slice().leave(worker)).left()).isZero();

        Membership again = join("w");
        dispatch(leader, "w", 50);
        deleteLane("w");
        List<Entry> later = dispatch(leader, "w", 50);
        assertThat(read(again, 0, 0, 100)).isEqualTo(later);
        assertThat(seat("w").backlog()).isEqualTo(50);
        // The books cannot balance after that.
        empty();
    }

    /// Then fewer entries are counted than there are.
    @Test
    void aLaneOfWhichPacksWereDeletedByHandIsStillLeftWhole() {
        Leadership leader = lead("a");
        Membership worker = join("w");
        dispatch(leader, "w", 60);
        setPacked("w", -5);

        Reply.Moved moved;
        do {
            moved = answer(Reply.Moved.class, slice().leave(worker));
        } while (moved.left() > 0);

        assertThat(waiting()).hasSize(60);
        assertThat(get(slice().roster()).workers()).isEmpty();
    }

    /// Else its messages would be emitted, and stay in the lane.
    @Test
    void aWorkersUserThatMayNotChangeAPackWritesNothing() {
        Leadership leader = lead("a");
        Membership worker = join("w");
        List<Entry> entries = dispatch(leader, "w", 50);
        read(worker, 0, 0, 50);
        setRight("-lset");
        byte[] positions = new byte[Entry.POSITION_BYTES];
        entries.getFirst().copyPosition(positions, 0);
        Commit commit = new Commit(0, positions, List.of(emit("one")), 50, 0, MUCH);

        try {
            assertThatThrownBy(() -> get(slice().commit(worker, commit)))
                    .hasMessageContaining("can't run this command");
        } finally {
            setRight("+lset");
        }

        assertThat(output()).isEmpty();
        answer(Reply.Committed.class, slice().commit(worker, commit));
        assertThat(output()).hasSize(1);
    }

    /// The model knows nothing of packs: whatever is read, finished, retried or taken over must look alike.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void packsAreNotSeenFromOutside(long seed) {
        Random chance = new Random(seed);
        Slice packed = slice();
        SliceModel model = new SliceModel();
        List<Slice> both = List.of(packed, model);
        Claim claim = claim("a").seeingNow().forced().build();
        get(model.claim(claim));
        Leadership leader = answer(Reply.Granted.class, packed.claim(claim)).leadership();
        Position at = FIRST_MARK;
        Membership worker = joinBoth(both, 1);
        long head = 0;
        long held = 0;
        for (int step = 0, incarnation = 1; step < 60; step++) {
            switch (chance.nextInt(6)) {
                case 0, 1 -> {
                    int count = 1 + chance.nextInt(80);
                    // Neighbours in a lane need not be neighbours among the messages.
                    int kept = 1 + chance.nextInt(10);
                    List<Entry> some =
                            entries(at, count).stream()
                                    .filter(entry -> chance.nextInt(10) < kept)
                                    .map(entry -> seed % 2 == 0 ? entry : withoutChannel(entry))
                                    .map(entry -> seed % 3 == 0 ? large(entry) : entry)
                                    .toList();
                    Batch batch =
                            new Batch(
                                    at,
                                    at.plus(count),
                                    some.isEmpty() ? List.of() : List.of(new Delivery("w", some)));
                    both.forEach(slice -> get(slice.dispatch(leader, batch)));
                    at = at.plus(count);
                }
                case 2 -> {
                    if (chance.nextInt(4) == 0) {
                        worker = joinBoth(both, ++incarnation);
                        head = Long.parseLong(books().workers().getFirst().fields().get("head"));
                        held = 0;
                    }
                }
                default -> {
                    int finished = (int) Math.min(held, chance.nextInt(70));
                    int wanted = chance.nextInt(90);
                    Commit commit = commit(model, head, finished, held, wanted, chance);
                    List<Reply.ToCommit> replies = new ArrayList<>();
                    for (Slice slice : both) {
                        replies.add(get(slice.commit(worker, commit)));
                    }
                    Reply.Committed one = (Reply.Committed) replies.get(0);
                    Reply.Committed other = (Reply.Committed) replies.get(1);
                    assertThat(one.entries()).as("step %d", step).isEqualTo(other.entries());
                    assertThat(one.backlog()).isEqualTo(other.backlog());
                    head = one.head();
                    held += one.entries().size() - finished;
                    if (chance.nextBoolean()) {
                        Reply.Committed again =
                                (Reply.Committed) get(packed.commit(worker, commit));
                        assertThat(again.entries()).isEqualTo(one.entries());
                    }
                }
            }
            assertThat(lane("w")).as("step %d", step).isEqualTo(model.lane("w"));
        }
        assertThat(output().stream().map(SliceContract::latin))
                .containsExactlyInAnyOrderElementsOf(
                        model.output().stream().map(SliceContract::latin).toList());
        assertThat(books().count("dead")).isEqualTo(model.books().count("dead"));
    }

    private static Commit commit(
            SliceModel model, long head, int finished, long held, int wanted, Random chance) {
        PassedFields fields =
                new PassedFields(
                        bytes("id"),
                        bytes("payload"),
                        bytes("worker"),
                        bytes("w"),
                        bytes("position"),
                        bytes("channel"),
                        List.of());
        List<Entry> lane = model.lane("w");
        byte[] positions = new byte[finished * Entry.POSITION_BYTES];
        List<Finish> finishes = new ArrayList<>();
        for (int i = 0; i < finished; i++) {
            lane.get(i).copyPosition(positions, i * Entry.POSITION_BYTES);
            finishes.add(
                    switch (chance.nextInt(12)) {
                        case 0 -> bury("rejected");
                        case 1 -> new Finish.Retry(600_000);
                        case 2 -> new Finish.Expire();
                        case 3 -> emit("one", "two");
                        default -> new Finish.PassOn(bytes("m" + i), lane.get(i), fields);
                    });
        }
        return new Commit(head, positions, finishes, head + held, wanted, MUCH);
    }

    /// So that what is handed out is read past the script.
    private static Entry large(Entry entry) {
        String channel = entry.channel();
        byte[] payload = Arrays.copyOf(entry.payload(), 2_000);
        return entry(entry.position(), channel == null ? "" : channel, payload);
    }

    private static Entry withoutChannel(Entry entry) {
        return entry(entry.position(), "", entry.payload());
    }

    private static Membership joinBoth(List<Slice> both, int incarnation) {
        Membership worker = null;
        for (Slice slice : both) {
            worker = get(slice.join("w", "i" + incarnation, 1, MAX_CRASHES, Map.of())).membership();
        }
        return Objects.requireNonNull(worker);
    }
}
