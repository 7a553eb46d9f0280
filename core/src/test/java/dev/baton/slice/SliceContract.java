package dev.baton.slice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.Position;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What every slice does, in memory or on a server: who may write, what a repeated call does, what a refused one leaves
/// alone, and that nothing is ever missing from the books.
abstract class SliceContract {

    static final int MAX_CRASHES = 3;
    static final Position FIRST_MARK = Position.atMark(1, 0);
    private static final int MUCH = 1 << 24;

    private final Random random = new Random(42);

    /// A slice that nobody ever led, the same within one test.
    abstract Slice slice();

    /// The same slice's part in a change of their number.
    abstract Handover handover();

    abstract Books books();

    /// What an operator wishes.
    abstract SliceOffice.Wished quiet(String worker, boolean quiet);

    /// The output stream: names and values in turn.
    abstract List<List<byte[]>> output();

    /// Whether lanes hold packs here, which move as a whole and pass a bound as a whole.
    boolean packs() {
        return false;
    }

    /// Entries of another stream of the slice, oldest first.
    abstract List<List<byte[]>> other(String name);

    abstract List<List<byte[]>> deadLetters();

    abstract List<List<byte[]>> gaps();

    abstract List<Entry> lane(String worker);

    abstract List<Entry> waiting();

    @AfterEach
    void theBooksBalance() {
        Books books = books();
        assertThat(books.accountedFor()).as("books %s", books).isEqualTo(books.accepted());
        assertThat(books.stream() + books.count("trimmed")).isEqualTo(books.count("emitted"));
        assertThat(books.dead()).isEqualTo(books.deadExpected());
        assertThat(books.gaps()).isEqualTo(books.count("gaps"));
        for (WorkerBooks worker : books.workers()) {
            if (worker.fields().equals(WorkerBooks.GONE)) {
                continue;
            }
            long head = Long.parseLong(worker.fields().getOrDefault("head", "-1"));
            assertThat(head).isNotNegative();
            assertThat(Long.parseLong(worker.fields().getOrDefault("fetched", "-1")))
                    .isLessThanOrEqualTo(head + worker.backlog());
        }
    }

    @Nested
    class Claiming {

        @Test
        void nobody_leads_a_new_slice() {
            assertThat(get(slice().lead())).isEqualTo(Lead.NONE);
        }

        @Test
        void the_first_claim_starts_at_mark_0_of_its_term_and_declares_no_gap() {
            Reply.Granted granted = granted(claim("a").forced());

            assertThat(granted.leadership()).isEqualTo(new Leadership(1, "a"));
            assertThat(granted.watermark()).isEqualTo(FIRST_MARK);
            assertThat(granted.gapFrom()).isNull();
            assertThat(granted.generation()).isEqualTo("generation of a");
            assertThat(gaps()).isEmpty();
            assertThat(get(slice().lead()))
                    .isEqualTo(new Lead(1, "a", 0, FIRST_MARK, "generation of a", 1, null));
        }

        @Test
        void the_first_claim_has_to_be_forced() {
            Snapshot before = snapshot();

            assertThat(get(slice().claim(claim("a").covering(FIRST_MARK).build())))
                    .isInstanceOf(Reply.Uncovered.class);
            assertThat(get(slice().claim(claim("a").build()))).isInstanceOf(Reply.Uncovered.class);
            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void the_first_claim_may_name_where_it_starts() {
            Position start = new Position(0, 7, 3);

            assertThat(granted(claim("a").forced().from(start)).watermark()).isEqualTo(start);
        }

        @Test
        void workers_that_came_before_the_first_leader_do_not_disturb_its_claim() {
            join("w");

            assertThat(get(slice().lead())).isEqualTo(Lead.NONE);
            assertThat(granted(claim("a").forced()).leadership().epoch()).isEqualTo(1);
        }

        @Test
        void a_claim_is_lost_when_the_leader_still_beats() {
            Leadership leader = lead("a");
            Lead seen = get(slice().lead());
            get(slice().renew(leader, 1));
            Snapshot before = snapshot();

            assertThat(get(slice().claim(claim("b").seeing(seen).forced().build())))
                    .isInstanceOf(Reply.Lost.class);
            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void a_claim_is_lost_when_another_candidate_was_faster() {
            lead("a");
            Lead seen = get(slice().lead());
            granted(claim("b").seeing(seen).forced());
            Snapshot before = snapshot();

            assertThat(get(slice().claim(claim("c").seeing(seen).forced().build())))
                    .isInstanceOf(Reply.Lost.class);
            assertThat(get(slice().claim(claim("d").forced().build())))
                    .as("who saw nobody lead")
                    .isInstanceOf(Reply.Lost.class);
            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void a_claim_is_lost_when_the_leader_resigned_since_the_look() {
            Leadership leader = lead("a");
            Lead seen = get(slice().lead());
            get(slice().resign(leader));

            assertThat(get(slice().claim(claim("b").seeing(seen).forced().build())))
                    .isInstanceOf(Reply.Lost.class);
        }

        @Test
        void a_resigned_slice_is_claimed_without_a_gap_by_who_covers_the_watermark() {
            Leadership leader = lead("a");
            dispatch(leader, Delivery.WAITING, 4);
            get(slice().resign(leader));

            Reply.Granted next = granted(claim("b").seeingNow().covering(FIRST_MARK));

            assertThat(next.leadership()).isEqualTo(new Leadership(2, "b"));
            assertThat(next.watermark()).isEqualTo(FIRST_MARK.plus(4));
            assertThat(next.gapFrom()).isNull();
            assertThat(next.generation()).as("kept").isEqualTo("generation of a");
            assertThat(gaps()).isEmpty();
        }

        @Test
        void coverage_that_begins_at_the_watermark_is_enough_and_one_message_later_is_not() {
            Leadership leader = lead("a");
            dispatch(leader, Delivery.WAITING, 4);
            Snapshot before = snapshot();

            assertThat(
                            get(
                                    slice().claim(
                                                    claim("b")
                                                            .seeingNow()
                                                            .covering(FIRST_MARK.plus(5))
                                                            .build())))
                    .isInstanceOf(Reply.Uncovered.class);
            assertThat(snapshot()).isEqualTo(before);
            assertThat(granted(claim("b").seeingNow().covering(FIRST_MARK.plus(4))).watermark())
                    .isEqualTo(FIRST_MARK.plus(4));
        }

        @Test
        void a_forced_claim_declares_the_ground_that_it_does_not_cover() {
            Leadership leader = lead("a");
            dispatch(leader, Delivery.WAITING, 4);

            Reply.Granted next = granted(claim("b").seeingNow().forced());

            assertThat(next.watermark()).isEqualTo(Position.atMark(2, 0));
            assertThat(next.gapFrom()).isEqualTo(FIRST_MARK.plus(4));
            assertThat(row(only(gaps())))
                    .containsOnly(
                            Map.entry("from", FIRST_MARK.plus(4).toString()),
                            Map.entry("to", Position.atMark(2, 0).toString()),
                            Map.entry("cause", "cause of b"),
                            Map.entry("epoch", "2"));
            assertThat(books().count("gaps")).isEqualTo(1);
        }

        @Test
        void a_forced_claim_of_covered_ground_declares_nothing() {
            lead("a");

            Reply.Granted next = granted(claim("b").seeingNow().forced().covering(FIRST_MARK));

            assertThat(next.gapFrom()).isNull();
            assertThat(next.watermark()).isEqualTo(FIRST_MARK);
            assertThat(gaps()).isEmpty();
        }

        @Test
        void a_forced_claim_never_takes_the_watermark_back() {
            Leadership leader = lead("a");
            dispatch(leader, Delivery.WAITING, 4);

            Reply.Granted next = granted(claim("b").seeingNow().forced().from(FIRST_MARK.plus(2)));

            assertThat(next.watermark()).isEqualTo(FIRST_MARK.plus(4));
            assertThat(next.gapFrom()).isNull();
            assertThat(gaps()).isEmpty();
        }

        @Test
        void an_epoch_is_above_the_stored_one_and_the_highest_that_was_ever_heard_of() {
            assertThat(granted(claim("a").forced().heardOf(41)).leadership().epoch()).isEqualTo(42);
            assertThat(granted(claim("b").seeingNow().forced().heardOf(7)).leadership().epoch())
                    .isEqualTo(43);
            assertThat(get(slice().lead()).watermark()).isEqualTo(Position.atMark(43, 0));
        }

        @Test
        void an_epoch_is_above_the_term_of_the_watermark_too() {
            Leadership leader = lead("a");
            Position far = new Position(70, 3, 0);
            get(slice().dispatch(leader, new Batch(FIRST_MARK, far, List.of())));

            Reply.Granted next = granted(claim("b").seeingNow().forced());

            assertThat(next.leadership().epoch()).isEqualTo(71);
            assertThat(next.watermark()).isEqualTo(Position.atMark(71, 0));
        }

        @Test
        void a_claim_on_a_store_that_forgot_everything_declares_all_of_it() {
            Position kept = new Position(4, 2, 7);

            Reply.Granted granted = granted(claim("a").forced().heardOf(5).from(kept));

            assertThat(granted.leadership().epoch()).isEqualTo(6);
            assertThat(granted.watermark()).isEqualTo(kept);
            assertThat(granted.gapFrom()).isEqualTo(Position.atMark(0, 0));
            assertThat(row(only(gaps())))
                    .containsOnly(
                            Map.entry("from", Position.atMark(0, 0).toString()),
                            Map.entry("to", kept.toString()),
                            Map.entry("cause", "cause of a"),
                            Map.entry("epoch", "6"));
        }

        @Test
        void another_slice_than_0_begins_where_it_is_told_and_its_epoch_is_no_term() {
            Position start = new Position(70, 3, 0);

            Reply.Granted first = granted(claim("a").toSlice(2).forced().from(start));

            assertThat(first.leadership().epoch()).isEqualTo(1);
            assertThat(first.watermark()).isEqualTo(start);
            assertThat(gaps()).isEmpty();
            Reply.Granted next =
                    granted(claim("b").toSlice(2).seeingNow().covering(new Position(70, 1, 0)));
            assertThat(next.leadership().epoch()).isEqualTo(2);
            assertThat(next.watermark()).isEqualTo(start);
        }

        @Test
        void another_slice_than_0_that_nobody_covers_is_declared_up_to_where_it_is_told_to_begin() {
            granted(claim("a").toSlice(2).forced().from(new Position(70, 3, 0)));

            Reply.Granted next =
                    granted(
                            claim("b")
                                    .toSlice(2)
                                    .seeingNow()
                                    .forced()
                                    .from(new Position(71, 1, 0)));

            assertThat(next.gapFrom()).isEqualTo(new Position(70, 3, 0));
            assertThat(next.watermark()).isEqualTo(new Position(71, 1, 0));
            assertThat(next.leadership().epoch()).isEqualTo(2);
            assertThat(gaps()).hasSize(1);
        }

        @Test
        void epochs_above_the_signed_range_still_order_positions() {
            Reply.Granted granted = granted(claim("a").forced().heardOf(3_000_000_000L));

            assertThat(granted.watermark()).hasToString("b2d05e01.00000000.00000000");
            dispatch(granted.leadership(), Delivery.WAITING, 2);
            assertThat(get(slice().lead()).watermark()).hasToString("b2d05e01.00000000.00000002");
        }

        @Test
        void used_up_epochs_refuse_the_claim_and_change_nothing() {
            lead("a");
            Snapshot before = snapshot();

            fails(slice().claim(claim("b").seeingNow().forced().heardOf(4_294_967_295L).build()));

            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void the_same_claim_twice_has_the_effect_of_one() {
            lead("z");
            Claim claim = claim("a").seeingNow().forced().build();
            Reply.Granted first = answer(Reply.Granted.class, slice().claim(claim));
            Snapshot after = snapshot();
            Reply.Granted again = answer(Reply.Granted.class, slice().claim(claim));

            assertThat(again.leadership()).isEqualTo(first.leadership());
            assertThat(again.watermark()).isEqualTo(first.watermark());
            assertThat(again.generation()).isEqualTo(first.generation());
            assertThat(snapshot()).isEqualTo(after);
        }

        @Test
        void a_claim_that_believes_in_another_number_of_slices_is_refused() {
            lead("a");
            Snapshot before = snapshot();

            assertThat(get(slice().claim(claim("b").seeingNow().forced().of(6).build())))
                    .isEqualTo(new Reply.OtherSlices(1));
            assertThat(snapshot()).isEqualTo(before);
        }
    }

    @Nested
    class Leading {

        @Test
        void renewing_moves_the_beat_and_tells_how_things_stand() {
            Leadership leader = lead("a");
            join("w");

            Reply.Renewed renewed = answer(Reply.Renewed.class, slice().renew(leader, 5));

            assertThat(renewed.watermark()).isEqualTo(FIRST_MARK);
            assertThat(renewed.generation()).isEqualTo("generation of a");
            assertThat(renewed.roster()).isEqualTo(1);
            assertThat(renewed.paused()).isFalse();
            assertThat(renewed.storeMillis()).isPositive();
            assertThat(get(slice().lead()).beat()).isEqualTo(5);
        }

        @Test
        void asking_for_replicas_tells_the_watermark_before_which_they_have_everything() {
            Leadership leader = lead("a");
            dispatch(leader, Delivery.WAITING, 3);

            Reply.Confirmed confirmed =
                    answer(
                            Reply.Confirmed.class,
                            slice().confirm(leader, 0, Duration.ofMillis(10)));

            assertThat(confirmed.watermark()).isEqualTo(FIRST_MARK.plus(3));
        }

        @Test
        void a_former_leader_is_not_told_of_replicas() {
            Leadership former = lead("a");
            granted(claim("b").seeingNow().covering(FIRST_MARK));

            answer(Reply.Fenced.class, slice().confirm(former, 0, Duration.ofMillis(10)));
        }

        @Test
        void a_late_or_repeated_renewal_changes_nothing() {
            Leadership leader = lead("a");
            get(slice().renew(leader, 5));
            Snapshot after = snapshot();

            answer(Reply.Renewed.class, slice().renew(leader, 5));
            answer(Reply.Renewed.class, slice().renew(leader, 4));

            assertThat(snapshot()).isEqualTo(after);
        }

        @Test
        void beats_are_compared_as_numbers() {
            Leadership leader = lead("a");
            get(slice().renew(leader, 9));
            get(slice().renew(leader, 10));

            assertThat(get(slice().lead()).beat()).isEqualTo(10);
        }

        @Test
        void resigning_twice_is_resigning_once() {
            Leadership leader = lead("a");

            answer(Reply.Applied.class, slice().resign(leader));
            Snapshot after = snapshot();
            answer(Reply.Applied.class, slice().resign(leader));

            assertThat(snapshot()).isEqualTo(after);
            assertThat(get(slice().lead()))
                    .isEqualTo(new Lead(1, "", 0, FIRST_MARK, "generation of a", 1, null));
        }

        @Test
        void who_resigned_has_no_right_to_write_any_more() {
            Leadership leader = lead("a");
            join("w");
            get(slice().resign(leader));

            assertFencedEverywhere(leader, false);
        }

        @Test
        void a_former_leader_has_no_right_to_write() {
            Leadership former = lead("a");
            join("w");
            dispatch(former, "w", 3);
            dispatch(former, Delivery.WAITING, 3);
            granted(claim("b").seeingNow().forced());

            assertFencedEverywhere(former, true);
        }

        @Test
        void the_owner_under_an_older_epoch_has_no_right_to_write() {
            Leadership leader = granted(claim("a").forced().heardOf(9)).leadership();
            join("w");

            assertFencedEverywhere(new Leadership(leader.epoch() - 1, "a"), true);
        }

        @Test
        void another_owner_under_the_same_epoch_has_no_right_to_write() {
            Leadership leader = lead("a");
            join("w");

            assertFencedEverywhere(new Leadership(leader.epoch(), "b"), true);
        }

        @Test
        void nobody_has_the_right_to_write_before_the_first_claim() {
            join("w");

            assertFencedEverywhere(new Leadership(1, "a"), true);
        }

        private void assertFencedEverywhere(Leadership who, boolean alsoResigning) {
            Position at = get(slice().lead()).watermark();
            Position from = at == null ? FIRST_MARK : at;
            Roster.Seat seat = seat("w");
            Snapshot before = snapshot();

            fenced(slice().renew(who, 99));
            if (alsoResigning) {
                fenced(slice().resign(who));
            }
            fenced(slice().dispatch(who, batch(from, "w", 2)));
            fenced(slice().dispatch(who, batch(from, Delivery.WAITING, 2)));
            fenced(slice().skip(who, from, from.plus(2), 2L, "x"));
            if (slice().transport() == Transport.LISTS) {
                fenced(slice().deal(who, List.of("w")));
            }
            fenced(slice().retry(who, List.of()));
            fenced(slice().reassign(who, seat, MAX_CRASHES, List.of()));
            assertThat(snapshot()).isEqualTo(before);
        }
    }

    @Nested
    class Dispatching {

        @Test
        void a_batch_goes_to_its_lanes_and_to_waiting_in_order_and_moves_the_watermark() {
            onlyWithLanes("a group has one place for all");
            Leadership leader = lead("a");
            join("v");
            join("w");
            List<Entry> entries = entries(FIRST_MARK, 9);
            Batch batch =
                    new Batch(
                            FIRST_MARK,
                            FIRST_MARK.plus(9),
                            List.of(
                                    new Delivery("w", entries.subList(0, 4)),
                                    new Delivery(Delivery.WAITING, entries.subList(4, 6)),
                                    new Delivery("v", entries.subList(6, 9))));

            Reply.Appended appended = answer(Reply.Appended.class, slice().dispatch(leader, batch));

            assertThat(appended.watermark()).isEqualTo(FIRST_MARK.plus(9));
            assertThat(appended.backlogs()).containsExactly(4L, 3L);
            assertThat(appended.waiting()).isEqualTo(2);
            assertThat(appended.roster()).isEqualTo(2);
            assertThat(lane("w")).isEqualTo(entries.subList(0, 4));
            assertThat(waiting()).isEqualTo(entries.subList(4, 6));
            assertThat(lane("v")).isEqualTo(entries.subList(6, 9));
            assertThat(books().count("dispatched")).isEqualTo(9);
        }

        @Test
        void the_next_batch_follows_the_last_one() {
            Leadership leader = lead("a");
            join("w");
            List<Entry> all = new ArrayList<>(dispatch(leader, "w", 3));
            all.addAll(dispatch(leader, "w", 4));

            assertThat(lane("w")).isEqualTo(all);
            assertThat(get(slice().lead()).watermark()).isEqualTo(FIRST_MARK.plus(7));
        }

        @Test
        void the_same_batch_twice_is_appended_once() {
            Leadership leader = lead("a");
            join("w");
            Batch batch = batch(FIRST_MARK, "w", 10);

            Reply.Appended first = answer(Reply.Appended.class, slice().dispatch(leader, batch));
            Snapshot after = snapshot();
            Reply.Appended again = answer(Reply.Appended.class, slice().dispatch(leader, batch));

            assertThat(again.backlogs()).isEqualTo(first.backlogs());
            assertThat(lane("w")).hasSize(10);
            assertThat(again.watermark()).isEqualTo(first.watermark());
            assertThat(snapshot()).isEqualTo(after);
        }

        @Test
        void a_batch_repeated_after_its_successor_is_appended_once() {
            Leadership leader = lead("a");
            join("w");
            Batch batch = batch(FIRST_MARK, "w", 10);
            get(slice().dispatch(leader, batch));
            dispatch(leader, "w", 5);
            Snapshot after = snapshot();

            Reply.Appended again = answer(Reply.Appended.class, slice().dispatch(leader, batch));

            assertThat(again.watermark()).isEqualTo(FIRST_MARK.plus(15));
            assertThat(snapshot()).isEqualTo(after);
        }

        @Test
        void a_batch_repeated_after_its_worker_went_was_applied_all_the_same() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            Batch batch = batch(FIRST_MARK, "w", 10);
            get(slice().dispatch(leader, batch));
            get(slice().leave(worker));

            assertThat(answer(Reply.Appended.class, slice().dispatch(leader, batch)).waiting())
                    .isEqualTo(10);
        }

        @Test
        void a_batch_that_expects_a_later_watermark_learns_where_it_stands() {
            Leadership leader = lead("a");
            join("w");
            dispatch(leader, "w", 2);
            Snapshot before = snapshot();

            assertThat(get(slice().dispatch(leader, batch(FIRST_MARK.plus(5), "w", 3))))
                    .isEqualTo(new Reply.Regressed(FIRST_MARK.plus(2)));
            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void a_batch_that_overlaps_what_was_dispatched_is_refused() {
            Leadership leader = lead("a");
            join("w");
            dispatch(leader, "w", 2);
            Snapshot before = snapshot();

            assertThat(get(slice().dispatch(leader, batch(FIRST_MARK.plus(1), "w", 3))))
                    .isEqualTo(new Reply.Regressed(FIRST_MARK.plus(2)));
            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void one_closed_lane_keeps_the_whole_batch_back() {
            onlyWithLanes("a group has no lanes that close");
            Leadership leader = lead("a");
            join("v");
            Membership quiet = join("w");
            get(slice().beat(quiet, 1, WorkerState.QUIET));
            List<Entry> entries = entries(FIRST_MARK, 4);
            Batch batch =
                    new Batch(
                            FIRST_MARK,
                            FIRST_MARK.plus(4),
                            List.of(
                                    new Delivery("nobody", entries.subList(0, 1)),
                                    new Delivery(Delivery.WAITING, entries.subList(1, 2)),
                                    new Delivery("v", entries.subList(2, 3)),
                                    new Delivery("w", entries.subList(3, 4))));
            Snapshot before = snapshot();

            assertThat(get(slice().dispatch(leader, batch)))
                    .isEqualTo(new Reply.LanesClosed(List.of("nobody", "w")));
            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void a_full_batch_passes_and_a_larger_one_changes_nothing() {
            Leadership leader = lead("a");
            join("w");
            dispatch(leader, "w", Slice.MAX_ENTRIES);
            Snapshot before = snapshot();

            fails(
                    slice().dispatch(
                                    leader,
                                    batch(
                                            FIRST_MARK.plus(Slice.MAX_ENTRIES),
                                            "w",
                                            Slice.MAX_ENTRIES + 1)));

            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void a_batch_without_entries_moves_the_watermark_and_counts_nothing() {
            Leadership leader = lead("a");
            Map<String, Long> before = books().ledger();
            Position quiet = Position.atMark(1, 9);

            Batch batch = new Batch(FIRST_MARK, quiet, List.of());
            assertThat(answer(Reply.Appended.class, slice().dispatch(leader, batch)).watermark())
                    .isEqualTo(quiet);
            assertThat(get(slice().dispatch(leader, batch))).isInstanceOf(Reply.Appended.class);

            assertThat(get(slice().lead()).watermark()).isEqualTo(quiet);
            assertThat(books().ledger()).isEqualTo(before);
        }

        @Test
        void random_bytes_pass_unchanged() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> entries = dispatch(leader, "w", 300);

            assertThat(read(worker, 0, 0, 500)).isEqualTo(entries);
        }
    }

    @Nested
    class Skipping {

        @Test
        void a_skip_declares_the_gap_and_moves_the_watermark() {
            Leadership leader = lead("a");

            answer(
                    Reply.Applied.class,
                    slice().skip(leader, FIRST_MARK, FIRST_MARK.plus(7), 7L, "buffer full"));

            assertThat(row(only(gaps())))
                    .containsOnly(
                            Map.entry("from", FIRST_MARK.toString()),
                            Map.entry("to", FIRST_MARK.plus(7).toString()),
                            Map.entry("cause", "buffer full"),
                            Map.entry("epoch", "1"),
                            Map.entry("count", "7"));
            assertThat(books().count("lost")).isEqualTo(7);
            assertThat(get(slice().lead()).watermark()).isEqualTo(FIRST_MARK.plus(7));
        }

        @Test
        void when_the_watermark_moved_last_is_known_by_the_clock_of_the_store() {
            long before = books().storeMillis();
            assertThat(books().watermarkAgeMillis()).isEqualTo(-1);

            Leadership leader = lead("a");
            long led = moved();
            get(slice().renew(leader, 1));
            assertThat(moved()).isEqualTo(led);
            get(slice().dispatch(leader, new Batch(FIRST_MARK, FIRST_MARK.plus(1), List.of())));
            long dispatched = moved();
            get(slice().skip(leader, FIRST_MARK.plus(1), FIRST_MARK.plus(7), 6L, "x"));

            assertThat(List.of(before, led, dispatched, moved(), books().storeMillis())).isSorted();
            assertThat(books().watermarkAgeMillis()).isBetween(0L, 60_000L);
        }

        private long moved() {
            return Long.parseLong(books().lead().getOrDefault("moved", "0"));
        }

        @Test
        void a_gap_of_unknown_size_has_no_count() {
            Leadership leader = lead("a");
            get(slice().skip(leader, FIRST_MARK, Position.atMark(1, 3), null, "cut off"));

            assertThat(row(only(gaps()))).doesNotContainKey("count");
            assertThat(books().ledger()).doesNotContainKey("lost");
        }

        @Test
        void the_same_skip_twice_declares_one_gap() {
            Leadership leader = lead("a");
            Position to = FIRST_MARK.plus(7);
            get(slice().skip(leader, FIRST_MARK, to, 7L, "x"));
            Snapshot after = snapshot();

            answer(Reply.Applied.class, slice().skip(leader, FIRST_MARK, to, 7L, "x"));

            assertThat(snapshot()).isEqualTo(after);
        }

        @Test
        void a_skip_from_elsewhere_learns_where_the_watermark_stands() {
            Leadership leader = lead("a");
            Snapshot before = snapshot();

            assertThat(get(slice().skip(leader, FIRST_MARK.plus(1), FIRST_MARK.plus(7), 6L, "x")))
                    .isEqualTo(new Reply.Regressed(FIRST_MARK));
            assertThat(snapshot()).isEqualTo(before);
        }
    }

    /// The number of slices becomes another one at a mark.
    @Nested
    class Reslicing {

        private static final Position END = Position.atMark(100, 1);

        @Test
        void a_slice_that_ends_dispatches_up_to_there_and_not_beyond() {
            Leadership leader = lead("a");
            announce();
            dispatch(leader, Delivery.WAITING, 2);
            Snapshot before = snapshot();
            Position at = FIRST_MARK.plus(2);

            assertThat(get(slice().dispatch(leader, new Batch(at, END.plus(1), List.of()))))
                    .isEqualTo(new Reply.Bounded(END));
            assertThat(get(slice().skip(leader, at, END.plus(1), null, "x")))
                    .isEqualTo(new Reply.Bounded(END));
            assertThat(snapshot()).isEqualTo(before);
            answer(Reply.Appended.class, slice().dispatch(leader, new Batch(at, END, List.of())));
            assertThat(get(slice().lead()).atItsEnd()).isTrue();
        }

        @Test
        void whoever_is_not_announced_to_goes_on() {
            Leadership leader = lead("a");

            answer(
                    Reply.Appended.class,
                    slice().dispatch(leader, new Batch(FIRST_MARK, END.plus(1), List.of())));
        }

        @Test
        void a_leader_learns_of_the_end_when_it_claims_and_when_it_renews() {
            Leadership first = lead("a");
            announce();

            assertThat(renewed(first)).isEqualTo(new Ending(END, false));
            get(handover().ready(4, true));
            assertThat(renewed(first)).isEqualTo(new Ending(END, true));
            assertThat(granted(claim("b").seeingNow().forced()).ending())
                    .isEqualTo(new Ending(END, true));
            assertThat(get(slice().lead()).ends()).isEqualTo(END);
        }

        @Test
        void no_term_from_that_of_the_end_on_is_given_before_it() {
            lead("a");
            announce();

            Reply.Granted granted = granted(claim("b").seeingNow().forced().heardOf(100));

            assertThat(granted.leadership().epoch()).isEqualTo(2);
            assertThat(granted.watermark()).isEqualTo(Position.atMark(2, 0));
        }

        @Test
        void what_lies_behind_the_end_is_not_declared_before_it() {
            lead("a");
            announce();

            assertThat(granted(claim("b").seeingNow().forced().from(END.plus(7))).watermark())
                    .isEqualTo(END);
            assertThat(row(only(gaps()))).containsEntry("to", END.toString());
        }

        @Test
        void an_announcement_may_be_repeated_and_another_one_is_refused() {
            lead("a");
            announce();
            Snapshot after = snapshot();

            announce();
            assertThat(get(handover().announce(1, 4, Position.atMark(200, 1), null)))
                    .isInstanceOf(Reply.NotNow.class);
            assertThat(get(handover().announce(1, 5, END, null))).isInstanceOf(Reply.NotNow.class);
            assertThat(get(handover().announce(2, 4, END, END)))
                    .isEqualTo(new Reply.OtherSlices(1));
            assertThat(snapshot()).isEqualTo(after);
        }

        @Test
        void an_end_that_the_watermark_has_passed_is_refused() {
            lead("a");

            assertThat(get(handover().announce(1, 4, FIRST_MARK, null)))
                    .isInstanceOf(Reply.NotNow.class);
            assertThat(get(slice().lead()).ends()).isNull();
        }

        @Test
        void a_slice_that_nobody_led_is_not_announced_to() {
            assertThat(get(handover().announce(1, 4, END, null)))
                    .isEqualTo(new Reply.OtherSlices(0));
            assertThat(get(slice().lead())).isEqualTo(Lead.NONE);
        }

        @Test
        void it_is_taken_back_until_somebody_is_ready() {
            Leadership leader = lead("a");
            Snapshot before = snapshot();
            announce();
            get(handover().ready(4, false));

            assertThat(get(handover().retract(4))).isEqualTo(new Reply.HandedOn(null));
            assertThat(get(handover().retract(4))).isEqualTo(new Reply.HandedOn(null));
            assertThat(snapshot()).isEqualTo(before);
            assertThat(renewed(leader)).isEqualTo(Ending.NONE);

            announce();
            get(handover().ready(4, true));
            assertThat(get(handover().retract(4))).isInstanceOf(Reply.NotNow.class);
            assertThat(get(slice().lead()).ends()).isEqualTo(END);
        }

        @Test
        void nobody_is_ready_for_what_is_not_announced() {
            lead("a");
            assertThat(get(handover().ready(4, true))).isInstanceOf(Reply.NotNow.class);
            announce();

            assertThat(get(handover().ready(5, true))).isInstanceOf(Reply.NotNow.class);
            assertThat(get(handover().ready(4, true))).isEqualTo(new Reply.HandedOn(END));
        }

        @Test
        void it_is_handed_over_at_its_end_and_not_before() {
            Leadership leader = lead("a");
            announce();
            get(handover().ready(4, true));
            Snapshot early = snapshot();
            assertThat(get(handover().take(4, END))).isInstanceOf(Reply.NotNow.class);
            assertThat(snapshot()).isEqualTo(early);
            get(slice().dispatch(leader, new Batch(FIRST_MARK, END, List.of())));

            assertThat(get(handover().take(4, END))).isEqualTo(new Reply.HandedOn(null));
            Snapshot after = snapshot();
            assertThat(get(handover().take(4, END))).isEqualTo(new Reply.HandedOn(null));

            assertThat(snapshot()).isEqualTo(after);
            assertThat(get(slice().lead()))
                    .isEqualTo(new Lead(1, "", 0, END, "generation of a", 4, null));
            fenced(slice().renew(leader, 9));
            assertThat(get(slice().claim(claim("b").seeingNow().covering(END).build())))
                    .isEqualTo(new Reply.OtherSlices(4));
            Reply.Granted next = granted(claim("c").seeingNow().covering(END).of(4));
            assertThat(next.leadership().epoch()).as("above the term of the end").isEqualTo(101);
            assertThat(next.watermark()).isEqualTo(END);
            assertThat(next.ending()).isEqualTo(Ending.NONE);
            assertThat(gaps()).isEmpty();
        }

        @Test
        void a_new_slice_begins_at_the_end_of_the_old_ones() {
            assertThat(get(handover().open(4, END))).isEqualTo(new Reply.HandedOn(null));
            Snapshot after = snapshot();
            assertThat(get(handover().open(4, END))).isEqualTo(new Reply.HandedOn(null));

            assertThat(snapshot()).isEqualTo(after);
            assertThat(get(slice().lead())).isEqualTo(new Lead(0, "", 0, END, "", 4, null));
            Reply.Granted first = granted(claim("a").seeingNow().covering(END).of(4));
            assertThat(first.leadership().epoch()).isEqualTo(101);
            assertThat(first.watermark()).isEqualTo(END);
            assertThat(gaps()).isEmpty();
        }

        @Test
        void a_slice_that_comes_back_begins_there_too_and_a_late_call_does_not_set_it_back() {
            lead("a");

            get(handover().open(4, END));
            Reply.Granted next = granted(claim("b").seeingNow().covering(END).of(4));
            dispatch(next.leadership(), Delivery.WAITING, 3);
            get(handover().open(4, END));

            assertThat(get(slice().lead()))
                    .isEqualTo(new Lead(101, "b", 0, END.plus(3), "generation of a", 4, null));
        }

        private void announce() {
            assertThat(get(handover().announce(1, 4, END, null)))
                    .isEqualTo(new Reply.HandedOn(END));
        }

        private Ending renewed(Leadership leader) {
            return answer(Reply.Renewed.class, slice().renew(leader, 1)).ending();
        }
    }

    @Nested
    class Trimming {

        @Test
        void old_entries_go_and_are_counted_and_as_many_as_wanted_stay() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 500);
            for (int i = 0; i < 500; i += 100) {
                read(worker, i, i, 100);
                Finish[] all = new Finish[100];
                Arrays.fill(all, emit("x"));
                commit(worker, i, i + 100, all);
            }

            long went = get(slice().trim(50, Duration.ZERO));

            assertThat(went).isBetween(300L, 450L);
            assertThat(output()).hasSize((int) (500 - went));
            assertThat(books().count("trimmed")).isEqualTo(went);
            assertThat(books().balanced()).isTrue();
            Snapshot before = snapshot();
            assertThat(get(slice().trim(0, Duration.ofDays(1)))).isZero();
            assertThat(snapshot()).isEqualTo(before);
        }
    }

    @Nested
    class Looking_at_what_is_used {

        @Test
        void what_lies_in_lanes_waits_or_is_to_be_tried_again_takes_room() {
            Usage empty = get(slice().usage(true));
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 4);
            Usage held = get(slice().usage(true));
            read(worker, 0, 0, 4);
            commit(worker, 0, 4, new Finish.Retry(600_000), new Finish.Retry(600_000), emit("x"));
            Usage retrying = get(slice().usage(true));

            assertThat(empty.bytes()).isZero();
            assertThat(held.bytes()).isGreaterThan(4L * Entry.HEADER_BYTES);
            assertThat(held.retrying()).isZero();
            assertThat(retrying.retrying()).isEqualTo(2);
            assertThat(retrying.bytes()).isGreaterThan(3L * Entry.HEADER_BYTES);
        }
    }

    @Nested
    class Joining {

        @Test
        void a_new_worker_has_an_empty_lane_and_shows_what_people_want_to_see() {
            Reply.Joined joined =
                    get(slice().join("w", "i1", 5, MAX_CRASHES, Map.of("host", "here")));

            assertThat(joined.membership()).isEqualTo(new Membership("w", "i1", 1));
            assertThat(joined.head()).isZero();
            assertThat(joined.backlog()).isZero();
            assertThat(get(slice().roster()))
                    .isEqualTo(
                            new Roster(
                                    0,
                                    List.of(
                                            new Roster.Seat(
                                                    "w", "i1", 0, WorkerState.LIVE, 5, 0, 0))));
            assertThat(books().workers().getFirst().fields()).containsEntry("host", "here");
        }

        @Test
        void joining_without_anything_to_show_works() {
            get(slice().join("w", "i1", 1, MAX_CRASHES, Map.of()));

            assertThat(get(slice().roster()).workers()).hasSize(1);
        }

        @Test
        void what_a_worker_tells_is_never_a_field_of_ours() {
            join("w");
            Snapshot before = snapshot();

            for (String field : Slice.OWN_FIELDS) {
                assertThatThrownBy(
                                () -> slice().join("w", "i2", 1, MAX_CRASHES, Map.of(field, "7")))
                        .isInstanceOf(IllegalArgumentException.class);
            }
            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void joining_twice_is_joining_once() {
            Reply.Joined first = get(slice().join("w", "i1", 5, MAX_CRASHES, Map.of()));
            Snapshot after = snapshot();
            Reply.Joined again = get(slice().join("w", "i1", 5, MAX_CRASHES, Map.of()));

            assertThat(again.membership()).isEqualTo(first.membership());
            assertThat(again.head()).isEqualTo(first.head());
            assertThat(snapshot()).isEqualTo(after);
        }

        @Test
        void workers_are_listed_by_id_with_their_backlog() {
            Leadership leader = lead("a");
            join("w");
            join("v");
            dispatch(leader, "w", 3);
            dispatch(leader, Delivery.WAITING, 2);

            Roster roster = get(slice().roster());

            assertThat(roster.waiting()).isEqualTo(2);
            assertThat(roster.workers()).extracting(Roster.Seat::id).containsExactly("v", "w");
            assertThat(roster.workers()).extracting(Roster.Seat::backlog).containsExactly(0L, 3L);
        }

        @Test
        void a_new_incarnation_takes_the_lane_over_and_fences_the_old_one() {
            Leadership leader = lead("a");
            Membership old = join("w");
            List<Entry> entries = dispatch(leader, "w", 5);
            commit(old, 0, 5, emit("x"), emit("y"));

            Reply.Joined joined = get(slice().join("w", "i2", 1, MAX_CRASHES, Map.of()));

            assertThat(joined.membership()).isEqualTo(new Membership("w", "i2", 2));
            assertThat(joined.head()).isEqualTo(2);
            assertThat(joined.backlog()).isEqualTo(3);
            assertThat(lane("w"))
                    .extracting(Entry::position)
                    .isEqualTo(entries.subList(2, 5).stream().map(Entry::position).toList());
            assertWorkerFenced(old);
        }

        @Test
        void only_what_was_in_hand_gets_a_crash_mark_and_nothing_else_of_it_changes() {
            onlyWithLanes("in a group a suspect comes behind what waits");
            Leadership leader = lead("a");
            Membership old = join("w");
            List<Entry> entries = dispatch(leader, "w", 5);
            read(old, 0, 0, 2);

            get(slice().join("w", "i2", 1, MAX_CRASHES, Map.of()));

            assertThat(lane("w"))
                    .containsExactly(
                            entries.get(0).withOneMoreCrash(),
                            entries.get(1).withOneMoreCrash(),
                            entries.get(2),
                            entries.get(3),
                            entries.get(4));
        }

        @Test
        void an_incarnation_that_never_read_marks_nothing() {
            Leadership leader = lead("a");
            join("w");
            List<Entry> entries = dispatch(leader, "w", 5);

            get(slice().join("w", "i2", 1, MAX_CRASHES, Map.of()));

            assertThat(lane("w")).isEqualTo(entries);
        }

        @Test
        void every_coming_and_going_changes_the_roster_version() {
            Leadership leader = lead("a");
            List<Long> versions = new ArrayList<>();
            versions.add(rosterVersion(leader));
            Membership worker = join("w");
            versions.add(rosterVersion(leader));
            get(slice().beat(worker, 1, WorkerState.QUIET));
            versions.add(rosterVersion(leader));
            get(slice().beat(worker, 2, WorkerState.LIVE));
            versions.add(rosterVersion(leader));
            get(slice().join("w", "i2", 1, MAX_CRASHES, Map.of()));
            versions.add(rosterVersion(leader));
            get(slice().reassign(leader, seat("w"), MAX_CRASHES, List.of()));
            versions.add(rosterVersion(leader));
            get(slice().leave(join("w")));
            versions.add(rosterVersion(leader));

            assertThat(versions).doesNotHaveDuplicates().isSorted();
        }

        private long rosterVersion(Leadership leader) {
            return answer(Reply.Renewed.class, slice().renew(leader, 1)).roster();
        }
    }

    @Nested
    class Beating {

        @Test
        void a_beat_shows_life_and_state_without_touching_the_roster_version() {
            Leadership leader = lead("a");
            Membership worker = join("w");

            answer(Reply.Applied.class, slice().beat(worker, 5, WorkerState.LIVE));

            assertThat(seat("w").beat()).isEqualTo(5);
            assertThat(answer(Reply.Renewed.class, slice().renew(leader, 1)).roster()).isEqualTo(1);
        }

        @Test
        void a_late_or_repeated_beat_changes_nothing() {
            Membership worker = join("w");
            get(slice().beat(worker, 10, WorkerState.LIVE));
            Snapshot after = snapshot();

            answer(Reply.Applied.class, slice().beat(worker, 10, WorkerState.QUIET));
            answer(Reply.Applied.class, slice().beat(worker, 9, WorkerState.QUIET));

            assertThat(snapshot()).isEqualTo(after);
        }

        @Test
        void a_quiet_worker_finishes_what_it_has() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> entries = dispatch(leader, "w", 3);
            get(slice().beat(worker, 1, WorkerState.QUIET));

            assertThat(read(worker, 0, 0, 10)).isEqualTo(entries);
            assertThat(commit(worker, 0, 3, emit("x"), emit("y"), emit("z")).backlog()).isZero();
        }

        @Test
        void another_incarnation_or_an_unknown_worker_is_fenced() {
            Membership worker = join("w");
            Snapshot before = snapshot();

            fenced(slice().beat(new Membership("w", "x", worker.epoch()), 9, WorkerState.LIVE));
            fenced(slice().beat(new Membership("nobody", "x", 1), 9, WorkerState.LIVE));
            assertThat(snapshot()).isEqualTo(before);
        }
    }

    @Nested
    class Quieting {

        @Test
        void a_worker_that_is_wanted_quiet_gets_nothing_new_and_finishes_what_it_has() {
            onlyWithLanes("with a group nobody is given anything");
            Leadership leader = lead("a");
            Membership worker = join("w");
            join("x");
            List<Entry> entries = dispatch(leader, "w", 3);

            assertThat(quiet("w", true)).isEqualTo(SliceOffice.Wished.DONE);

            assertThat(seat("w").state()).isEqualTo(WorkerState.QUIET);
            assertThat(seat("x").state()).isEqualTo(WorkerState.LIVE);
            dispatch(leader, Delivery.WAITING, 2);
            assertThat(get(slice().deal(leader, List.of("x", "w"))))
                    .isEqualTo(new Reply.LanesClosed(List.of("w")));
            assertThat(get(slice().retry(leader, List.of("w"))))
                    .isEqualTo(new Reply.LanesClosed(List.of("w")));
            assertThat(get(slice().reassign(leader, seat("x"), MAX_CRASHES, List.of("w"))))
                    .isEqualTo(new Reply.LanesClosed(List.of("w")));
            Position at = FIRST_MARK.plus(5);
            assertThat(get(slice().dispatch(leader, batch(at, "w", entries(at, 1)))))
                    .isEqualTo(new Reply.LanesClosed(List.of("w")));
            assertThat(read(worker, 0, 0, 10)).isEqualTo(entries);
            assertThat(commit(worker, 0, 3, emit("x"), emit("y"), emit("z")).backlog()).isZero();
        }

        @Test
        void beats_do_not_undo_the_wish_and_the_wish_does_not_undo_what_the_worker_says() {
            Membership worker = join("w");
            quiet("w", true);

            get(slice().beat(worker, 1, WorkerState.LIVE));
            assertThat(seat("w").state()).isEqualTo(WorkerState.QUIET);
            get(slice().beat(worker, 2, WorkerState.QUIET));
            assertThat(quiet("w", false)).isEqualTo(SliceOffice.Wished.DONE);
            assertThat(seat("w").state()).isEqualTo(WorkerState.QUIET);
            get(slice().beat(worker, 3, WorkerState.LIVE));
            assertThat(seat("w").state()).isEqualTo(WorkerState.LIVE);
        }

        @Test
        void a_wish_and_its_end_change_the_roster_version_and_a_repeated_one_changes_nothing() {
            Leadership leader = lead("a");
            join("w");
            long joined = answer(Reply.Renewed.class, slice().renew(leader, 1)).roster();
            quiet("w", true);
            Snapshot wished = snapshot();

            assertThat(quiet("w", true)).isEqualTo(SliceOffice.Wished.ALREADY);
            assertThat(snapshot()).isEqualTo(wished);
            quiet("w", false);
            assertThat(quiet("w", false)).isEqualTo(SliceOffice.Wished.ALREADY);
            assertThat(answer(Reply.Renewed.class, slice().renew(leader, 1)).roster())
                    .isEqualTo(joined + 2);
        }

        @Test
        void nobody_is_wanted_quiet_who_is_not_there() {
            Leadership leader = lead("a");
            join("w");
            dispatch(leader, "w", 1_000);
            dispatch(leader, "w", 1);
            get(slice().reassign(leader, seat("w"), MAX_CRASHES, List.of()));
            Snapshot before = snapshot();

            assertThat(quiet("w", true)).as("a lost one").isEqualTo(SliceOffice.Wished.NOBODY);
            assertThat(quiet("x", true)).isEqualTo(SliceOffice.Wished.NOBODY);
            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void who_joins_anew_keeps_the_wish_and_who_left_comes_back_without() {
            join("w");
            quiet("w", true);
            Membership again = rejoin("w", 2);

            assertThat(seat("w").state()).isEqualTo(WorkerState.QUIET);
            get(slice().leave(again));
            rejoin("w", 3);
            assertThat(seat("w").state()).isEqualTo(WorkerState.LIVE);
        }
    }

    @Nested
    class BoundedDeadLetters {

        @Test
        void beyond_the_bound_the_oldest_go_and_are_counted() {
            Leadership leader = granted(claim("a").forced().keeping(2)).leadership();
            Membership worker = join("w");
            dispatch(leader, "w", 5);

            commit(worker, 0, 5, bury("1"), bury("2"), bury("3"), bury("4"), bury("5"));

            assertThat(reasons()).containsExactly("4", "5");
            assertThat(books().count("dead")).isEqualTo(5);
            assertThat(books().count("dead_trimmed")).isEqualTo(3);
            assertThat(get(slice().roster()).deadTrimmed()).isEqualTo(3);
        }

        @Test
        void a_bound_holds_for_messages_that_lost_their_workers_too() {
            Leadership leader = granted(claim("a").forced().keeping(1)).leadership();
            Membership worker = join("w");
            dispatch(leader, "w", 3);
            read(worker, 0, 0, 10);
            get(slice().reassign(leader, seat("w"), 1, List.of()));

            assertThat(books().dead()).isEqualTo(1);
            assertThat(books().count("dead_trimmed")).isEqualTo(2);
        }

        @Test
        void the_last_leader_sets_the_bound_and_a_lowered_one_is_reached_a_piece_at_a_time() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            for (int i = 0; i < 1_200; i += 600) {
                dispatch(leader, "w", 600);
                Finish[] all = new Finish[600];
                Arrays.fill(all, bury("old"));
                commit(worker, i, i + 600, all);
            }
            assertThat(books().dead()).as("no bound").isEqualTo(1_200);
            Leadership next =
                    granted(claim("b").seeingNow().covering(FIRST_MARK.plus(1_200)).keeping(10))
                            .leadership();
            dispatch(next, "w", 2);

            commit(worker, 1_200, 1_201, bury("new"));
            assertThat(books().dead()).isEqualTo(201);
            commit(worker, 1_201, 1_202, bury("new"));
            assertThat(books().dead()).isEqualTo(10);
            assertThat(books().count("dead_trimmed")).isEqualTo(1_192);
        }

        private List<String> reasons() {
            return deadLetters().stream().map(letter -> latin(letter.get(1))).toList();
        }
    }

    @Nested
    class Committing {

        @Test
        void one_stream_entry_is_emitted_with_its_fields_unchanged() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 2);
            List<byte[]> fields =
                    List.of(bytes("payload"), randomBytes(500), randomBytes(9), randomBytes(0));

            Reply.Committed committed = commit(worker, 0, 1, emitFields(fields));

            assertThat(committed.head()).isEqualTo(1);
            assertThat(committed.backlog()).isEqualTo(1);
            assertThat(latin(only(output()))).isEqualTo(latin(fields));
            assertThat(books().count("committed")).isEqualTo(1);
            assertThat(books().count("emitted")).isEqualTo(1);
        }

        @Test
        void several_stream_entries_of_one_message_count_as_one_commit() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 1);

            commit(worker, 0, 1, emit("x", "y", "z"));

            assertThat(output())
                    .extracting(fields -> row(fields).get("payload"))
                    .containsExactly("x", "y", "z");
            assertThat(books().count("committed")).isEqualTo(1);
            assertThat(books().count("emitted")).isEqualTo(3);
        }

        @Test
        void nothing_emitted_drops_the_message() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 1);

            commit(worker, 0, 1, emit());

            assertThat(output()).isEmpty();
            assertThat(books().count("dropped")).isEqualTo(1);
            assertThat(books().ledger()).doesNotContainKeys("committed", "emitted", "dead");
        }

        @Test
        void a_buried_message_keeps_its_payload_unchanged() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            byte[] payload = randomBytes(1_000);
            Entry entry = entry(FIRST_MARK, "news", payload);
            get(slice().dispatch(leader, batch(FIRST_MARK, "w", List.of(entry))));

            commit(worker, 0, 1, new Finish.Bury("not-json", "what was wrong", "id-1"));

            assertThat(row(only(deadLetters())))
                    .containsOnly(
                            Map.entry("reason", "not-json"),
                            Map.entry("error", "what was wrong"),
                            Map.entry("attempts", "0"),
                            Map.entry("crashes", "0"),
                            Map.entry("position", FIRST_MARK.toString()),
                            Map.entry("worker", "w"),
                            Map.entry("payload", latin(payload)),
                            Map.entry("channel", "news"),
                            Map.entry("message_id", "id-1"));
            assertThat(books().count("dead")).isEqualTo(1);
        }

        @Test
        void a_dead_letter_leaves_out_what_is_not_known() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            Entry entry = entry(FIRST_MARK, "", new byte[0]);
            get(slice().dispatch(leader, batch(FIRST_MARK, "w", List.of(entry))));

            commit(worker, 0, 1, new Finish.Bury("empty", "no payload", ""));

            assertThat(row(only(deadLetters())))
                    .containsEntry("payload", "")
                    .doesNotContainKeys("channel", "message_id");
        }

        @Test
        void a_message_goes_to_the_streams_it_names_and_is_committed_once() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 2);

            commit(
                    worker,
                    0,
                    2,
                    new Finish.Emit(
                            List.of(
                                    entryTo("audit", "1"),
                                    entryTo(null, "2"),
                                    entryTo("late", "3"))),
                    new Finish.Emit(List.of(entryTo("audit", "4"))));

            assertThat(payloads(output())).containsExactly("2");
            assertThat(payloads(other("audit"))).containsExactly("1", "4");
            assertThat(payloads(other("late"))).containsExactly("3");
            assertThat(books().count("committed")).isEqualTo(2);
            assertThat(books().count("emitted")).isEqualTo(1);
            assertThat(books().count("emitted_elsewhere")).isEqualTo(3);
            assertThat(books().balanced()).isTrue();
        }

        @Test
        void what_is_passed_on_comes_from_the_lane() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            Position last = new Position(1, 0, -1);
            byte[] anyBytes = new byte[256];
            for (int i = 0; i < anyBytes.length; i++) {
                anyBytes[i] = (byte) i;
            }
            List<Entry> entries =
                    List.of(
                            entry(FIRST_MARK, "", anyBytes),
                            entry(FIRST_MARK.plus(1), "", new byte[0]),
                            entry(FIRST_MARK.plus(2), "orders", bytes("two")),
                            entry(FIRST_MARK.plus(3), "", bytes("three")),
                            entry(FIRST_MARK.plus(4), "", bytes("four")),
                            entry(new Position(1, 5, 0xFEDC_BA98), "", bytes("five")),
                            entry(last, "", bytes("six")));
            get(slice().dispatch(leader, batch(FIRST_MARK, "w", entries)));
            PassedFields plain = passed("w");
            PassedFields more = passed("w", "a", "1", "b", "");
            List<Finish> finishes =
                    List.of(
                            new Finish.PassOn(bytes("id-0"), entries.get(0), plain),
                            new Finish.PassOn(bytes("ü"), entries.get(1), plain),
                            new Finish.PassOn(bytes("x".repeat(300)), entries.get(2), plain),
                            bury("rejected"),
                            new Finish.PassOn(bytes("id-4"), entries.get(4), plain),
                            new Finish.PassOn(bytes("id-5"), entries.get(5), more),
                            new Finish.PassOn(bytes("id-6"), entries.get(6), more));

            answer(Reply.Committed.class, slice().commit(worker, finishing(entries, finishes)));

            assertThat(output().stream().map(SliceContract::latin))
                    .containsExactlyElementsOf(
                            List.of(0, 1, 2, 4, 5, 6).stream()
                                    .map(i -> latin(asPassed(entries.get(i), finishes.get(i))))
                                    .toList());
            assertThat(row(output().get(4)))
                    .containsEntry("position", "00000001.00000005.fedcba98");
            assertThat(books().count("committed")).isEqualTo(6);
            assertThat(books().count("emitted")).isEqualTo(6);
            assertThat(deadLetters()).hasSize(1);
            assertThat(lane("w")).isEmpty();
        }

        private static PassedFields passed(String worker, String... constants) {
            return new PassedFields(
                    bytes("message_id"),
                    bytes("payload"),
                    bytes("worker"),
                    bytes(worker),
                    bytes("position"),
                    bytes("channel"),
                    Stream.of(constants).map(SliceContract::bytes).toList());
        }

        private static List<byte[]> asPassed(Entry entry, Finish finish) {
            Finish.PassOn passed = (Finish.PassOn) finish;
            String channel = entry.channel();
            return passed.fields()
                    .of(
                            passed.messageId(),
                            entry.payload(),
                            bytes(entry.position().toString()),
                            bytes(channel == null ? "" : channel));
        }

        private static Commit finishing(List<Entry> entries, List<Finish> finishes) {
            byte[] positions = new byte[entries.size() * Entry.POSITION_BYTES];
            for (int i = 0; i < entries.size(); i++) {
                entries.get(i).copyPosition(positions, i * Entry.POSITION_BYTES);
            }
            return new Commit(0, positions, finishes, entries.size(), 0, MUCH);
        }

        private static Finish.StreamEntry entryTo(@Nullable String stream, String payload) {
            return new Finish.StreamEntry(stream, List.of(bytes("payload"), bytes(payload)));
        }

        private static List<String> payloads(List<List<byte[]>> entries) {
            return entries.stream().map(fields -> row(fields).getOrDefault("payload", "")).toList();
        }

        @Test
        void what_was_too_old_is_dropped_and_counted() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 2);

            commit(worker, 0, 2, new Finish.Expire(), emit());

            assertThat(output()).isEmpty();
            assertThat(books().count("dropped")).isEqualTo(2);
            assertThat(books().count("expired")).isEqualTo(1);
            assertThat(books().balanced()).isTrue();
        }

        @Test
        void what_is_to_be_tried_again_waits_with_one_more_attempt_and_comes_back_when_due() {
            onlyWithLanes("in a group it comes back to whoever asks");
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> entries = dispatch(leader, "w", 3);

            commit(worker, 0, 3, new Finish.Retry(0), new Finish.Retry(600_000), emit("x"));

            assertThat(books().retry()).isEqualTo(2);
            assertThat(books().count("retried")).isEqualTo(2);
            assertThat(books().balanced()).isTrue();
            assertThat(lane("w")).isEmpty();

            Reply.Retried retried =
                    answer(Reply.Retried.class, slice().retry(leader, List.of("w")));

            assertThat(retried.moved()).isEqualTo(1);
            assertThat(retried.nextMillis()).isBetween(500_000L, 600_000L);
            Entry again = only(lane("w"));
            assertThat(again.attempts()).isEqualTo(1);
            assertThat(again.position()).isEqualTo(entries.getFirst().position());
            assertThat(again.payload()).isEqualTo(entries.getFirst().payload());
            assertThat(again.storeMillis()).isEqualTo(entries.getFirst().storeMillis());
            assertThat(books().retry()).isEqualTo(1);
            assertThat(books().balanced()).isTrue();
        }

        @Test
        void what_is_no_entry_is_not_tried_again() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            Entry stump = new Entry(bytes("stump"));
            get(slice().dispatch(leader, batch(FIRST_MARK, "w", List.of(stump))));

            byte[] noPosition = new byte[Entry.POSITION_BYTES];
            get(
                    slice().commit(
                                    worker,
                                    new Commit(
                                            0,
                                            noPosition,
                                            List.of(new Finish.Retry(0)),
                                            1,
                                            0,
                                            MUCH)));

            assertThat(row(only(deadLetters()))).containsEntry("reason", "bad-entry");
            assertThat(books().retry()).isZero();
            assertThat(books().balanced()).isTrue();
        }

        @Test
        void each_outcome_belongs_to_its_own_entry() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> entries = dispatch(leader, "w", 6);

            commit(worker, 0, 5, emit("0"), bury("one"), emit(), emit("3", "3b"), bury("four"));

            assertThat(output())
                    .extracting(fields -> row(fields).get("payload"))
                    .containsExactly("0", "3", "3b");
            assertThat(deadLetters())
                    .extracting(fields -> row(fields).get("position"))
                    .containsExactly(
                            entries.get(1).position().toString(),
                            entries.get(4).position().toString());
            assertThat(deadLetters())
                    .extracting(fields -> row(fields).get("payload"))
                    .containsExactly(
                            latin(entries.get(1).payload()), latin(entries.get(4).payload()));
            assertThat(lane("w")).containsExactly(entries.get(5));
        }

        @Test
        void a_commit_returns_the_entries_that_follow() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> entries = dispatch(leader, "w", 10);

            Reply.Committed committed =
                    answer(
                            Reply.Committed.class,
                            slice().commit(
                                            worker,
                                            committing(0, List.of(emit("x"), emit()), 2, 3, MUCH)));

            assertThat(committed.entries()).isEqualTo(entries.subList(2, 5));
            assertThat(committed.backlog()).isEqualTo(8);
        }

        @Test
        void a_worker_reads_ahead_of_what_it_holds() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> entries = dispatch(leader, "w", 10);

            assertThat(read(worker, 0, 0, 4)).isEqualTo(entries.subList(0, 4));
            assertThat(read(worker, 0, 4, 4)).isEqualTo(entries.subList(4, 8));
            Reply.Committed committed =
                    answer(
                            Reply.Committed.class,
                            slice().commit(worker, committing(0, List.of(emit()), 8, 4, MUCH)));
            assertThat(committed.entries()).isEqualTo(entries.subList(8, 10));
            assertThat(read(worker, 1, 10, 4)).isEmpty();
        }

        @Test
        void a_read_is_bounded_by_entries() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 1_000);
            dispatch(leader, "w", 1_000);

            assertThat(read(worker, 0, 0, 0)).isEmpty();
            assertThat(read(worker, 0, 0, 1)).hasSize(1);
            assertThat(read(worker, 0, 0, 137)).hasSize(137);
            assertThat(read(worker, 0, 0, 5_000)).hasSize(1_000);
            assertThat(read(worker, 0, 900, 5_000))
                    .as("a worker never holds more than a thousand")
                    .hasSize(100);
            assertThat(read(worker, 0, 1_000, 5_000)).isEmpty();
        }

        @Test
        void a_read_is_bounded_by_bytes() {
            assumeFalse(packs(), "a pack passes the bound as a whole");
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> large = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                large.add(entry(FIRST_MARK.plus(i), "", new byte[10_000]));
            }
            get(slice().dispatch(leader, batch(FIRST_MARK, "w", large)));

            assertThat(readBytes(worker, 0)).as("no room").isEmpty();
            assertThat(readBytes(worker, 1)).as("one entry").isEqualTo(large.subList(0, 1));
            List<Entry> some = readBytes(worker, 250_000);
            assertThat(some).isEqualTo(large.subList(0, 25));
            assertThat(readBytes(worker, MUCH)).isEqualTo(large);
        }

        @Test
        void a_large_entry_behind_small_ones_passes_the_bound_alone() {
            assumeFalse(packs(), "a pack passes the bound as a whole");
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> mixed = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                mixed.add(entry(FIRST_MARK.plus(i), "", new byte[i < 20 ? 0 : 10_000]));
            }
            get(slice().dispatch(leader, batch(FIRST_MARK, "w", mixed)));

            assertThat(readBytes(worker, 5_000)).isEqualTo(mixed.subList(0, 21));
        }

        @Test
        void what_is_no_entry_is_read_and_buried_as_it_is() {
            onlyWithLanes("in a group a suspect comes behind what waits");
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> odd =
                    List.of(
                            new Entry(new byte[0]),
                            new Entry(bytes("cut short")),
                            entry(FIRST_MARK, "", bytes("good")));
            get(slice().dispatch(leader, batch(FIRST_MARK, "w", odd)));

            assertThat(read(worker, 0, 0, 10)).isEqualTo(odd);
            worker = rejoin("w", 2);
            assertThat(read(worker, 0, 0, 10)).isEqualTo(odd.subList(0, 2));
            byte[] noPositions = new byte[2 * Entry.POSITION_BYTES];
            List<Finish> buried = List.of(bury("bad-entry"), bury("bad-entry"));
            answer(
                    Reply.Committed.class,
                    slice().commit(worker, new Commit(0, noPositions, buried, 2, 10, MUCH)));

            assertThat(deadLetters())
                    .extracting(fields -> row(fields).get("payload"))
                    .containsExactly("", "cut short");
            assertThat(lane("w")).extracting(Entry::crashes).containsExactly(1);
        }

        @Test
        void other_entries_than_the_processed_ones_are_not_removed() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> entries = dispatch(leader, "w", 200);
            read(worker, 0, 0, 200);
            Snapshot before = snapshot();
            Finish[] finishes = Collections.nCopies(100, emit("x")).toArray(Finish[]::new);

            for (int wrong : new int[] {0, 63, 64, 99}) {
                Commit commit = committing(0, List.of(finishes), 100, 10, MUCH);
                entries.get(150).copyPosition(commit.positions(), wrong * Entry.POSITION_BYTES);
                assertThat(get(slice().commit(worker, commit)))
                        .as("another at place " + wrong)
                        .isEqualTo(new Reply.Misplaced(0));
            }
            fails(
                    slice().commit(
                                    worker,
                                    new Commit(0, new byte[12], List.of(finishes), 100, 0, 0)));
            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void reading_again_returns_the_same_entries_and_changes_nothing() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 50);
            List<Entry> first = read(worker, 0, 10, 20);
            Snapshot after = snapshot();

            assertThat(read(worker, 0, 10, 20)).hasSize(20).isEqualTo(first);
            assertThat(snapshot()).isEqualTo(after);
        }

        @Test
        void the_same_commit_twice_has_the_effect_of_one_and_returns_the_same_entries() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 10);
            Commit commit = committing(0, List.of(emit("x"), bury("y"), emit()), 3, 4, MUCH);

            Reply.Committed first = answer(Reply.Committed.class, slice().commit(worker, commit));
            Snapshot after = snapshot();
            Reply.Committed again = answer(Reply.Committed.class, slice().commit(worker, commit));

            assertThat(again.entries()).hasSize(4).isEqualTo(first.entries());
            assertThat(again.head()).isEqualTo(first.head());
            assertThat(again.backlog()).isEqualTo(first.backlog());
            assertThat(snapshot()).isEqualTo(after);
        }

        @Test
        void a_commit_repeated_after_its_successor_was_applied_has_no_effect() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> entries = dispatch(leader, "w", 10);
            Commit first = committing(0, List.of(emit("0")), 4, 2, MUCH);
            get(slice().commit(worker, first));
            commit(worker, 1, 6, emit("1"), emit("2"));
            Snapshot after = snapshot();

            Reply.Committed again = answer(Reply.Committed.class, slice().commit(worker, first));

            assertThat(again.head()).isEqualTo(3);
            assertThat(again.entries()).isEqualTo(entries.subList(4, 6));
            assertThat(snapshot()).isEqualTo(after);
        }

        @Test
        void a_commit_from_elsewhere_learns_where_the_lane_stands() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 10);
            commit(worker, 0, 4, emit(), emit(), emit(), emit());
            Snapshot before = snapshot();

            assertThat(get(slice().commit(worker, committing(5, List.of(emit("x")), 6, 1, MUCH))))
                    .as("ahead")
                    .isEqualTo(new Reply.Misplaced(4));
            assertThat(
                            get(
                                    slice().commit(
                                                    worker,
                                                    committing(
                                                            3,
                                                            List.of(emit("x"), emit("y")),
                                                            5,
                                                            1,
                                                            MUCH))))
                    .as("half applied, which cannot be")
                    .isEqualTo(new Reply.Misplaced(4));
            assertThat(get(slice().commit(worker, committing(0, List.of(emit("x")), 3, 1, MUCH))))
                    .as("reads what has left")
                    .isEqualTo(new Reply.Misplaced(4));
            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void nobody_finishes_more_than_the_lane_holds() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 1);
            Snapshot before = snapshot();

            assertThat(
                            get(
                                    slice().commit(
                                                    worker,
                                                    committing(
                                                            0,
                                                            List.of(emit("x"), emit("y")),
                                                            2,
                                                            1,
                                                            MUCH))))
                    .isEqualTo(new Reply.Misplaced(0));
            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void a_commit_whose_last_outcome_is_malformed_changes_nothing() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 5);
            Snapshot before = snapshot();

            for (List<byte[]> fields :
                    List.of(
                            List.<byte[]>of(),
                            List.of(bytes("a name without a value")),
                            List.of(bytes("a"), bytes("b"), bytes("c")))) {
                Finish broken =
                        new Finish.Emit(
                                List.of(
                                        new Finish.StreamEntry(
                                                null, List.of(bytes("a"), bytes("b"))),
                                        new Finish.StreamEntry(null, fields)));
                fails(
                        slice().commit(
                                        worker,
                                        committing(
                                                0,
                                                List.of(emit("x"), bury("y"), broken),
                                                3,
                                                1,
                                                MUCH)));
                assertThat(snapshot()).isEqualTo(before);
            }
        }

        @Test
        void a_stream_entry_with_too_many_fields_changes_nothing() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 2);
            Snapshot before = snapshot();
            Finish huge = emitFields(Collections.nCopies(20_000, bytes("f")));

            fails(slice().commit(worker, committing(0, List.of(emit("x"), huge), 2, 1, MUCH)));

            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void a_commit_that_reads_what_it_finishes_changes_nothing() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 5);
            Snapshot before = snapshot();

            fails(slice().commit(worker, committing(0, List.of(emit("x")), 0, 1, MUCH)));

            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void a_thousand_outcomes_pass_and_one_more_changes_nothing() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 1_000);
            dispatch(leader, "w", 1_000);
            Snapshot before = snapshot();

            fails(
                    slice().commit(
                                    worker,
                                    committing(
                                            0,
                                            Collections.nCopies(1_001, emit("x")),
                                            1_001,
                                            0,
                                            1)));
            assertThat(snapshot()).isEqualTo(before);
            assertThat(
                            answer(
                                            Reply.Committed.class,
                                            slice().commit(
                                                            worker,
                                                            committing(
                                                                    0,
                                                                    Collections.nCopies(
                                                                            1_000, emit("x")),
                                                                    1_000,
                                                                    0,
                                                                    1)))
                                    .backlog())
                    .isEqualTo(1_000);
        }

        @Test
        void another_incarnation_or_an_older_lane_epoch_is_fenced() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 5);
            Snapshot before = snapshot();
            Commit commit = committing(0, List.of(emit("x")), 1, 1, MUCH);

            fenced(slice().commit(new Membership("w", "x", worker.epoch()), commit));
            fenced(
                    slice().commit(
                                    new Membership("w", worker.incarnation(), worker.epoch() - 1),
                                    commit));
            fenced(slice().commit(new Membership("nobody", "x", 1), commit));
            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void what_becomes_of_the_leader_is_no_concern_of_a_worker() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 2);
            granted(claim("b").seeingNow().forced());

            assertThat(commit(worker, 0, 1, emit("x")).head()).isEqualTo(1);
        }

        private List<Entry> readBytes(Membership worker, int bytes) {
            return answer(
                            Reply.Committed.class,
                            slice().commit(worker, committing(0, List.of(), 0, 500, bytes)))
                    .entries();
        }
    }

    @Nested
    class Suspects {

        @Test
        void a_suspect_is_handed_out_alone() {
            onlyWithLanes("in a group a suspect comes behind what waits");
            Leadership leader = lead("a");
            Membership old = join("w");
            List<Entry> entries = dispatch(leader, "w", 4);
            read(old, 0, 0, 2);
            Membership worker = rejoin("w", 2);

            assertThat(read(worker, 0, 0, 10)).containsExactly(entries.get(0).withOneMoreCrash());
            assertThat(read(worker, 0, 1, 10)).as("nothing after it").isEmpty();
            assertThat(next(worker, 0)).containsExactly(entries.get(1).withOneMoreCrash());
            assertThat(read(worker, 1, 2, 10)).as("nothing after the last suspect").isEmpty();
            assertThat(next(worker, 1)).as("the rest").isEqualTo(entries.subList(2, 4));
        }

        @Test
        void a_suspect_behind_others_waits_until_the_worker_holds_nothing_else() {
            onlyWithLanes("in a group a suspect comes behind what waits");
            Leadership leader = lead("a");
            Membership other = join("v");
            List<Entry> suspects = dispatch(leader, "v", 1);
            read(other, 0, 0, 1);
            Membership worker = join("w");
            List<Entry> entries = dispatch(leader, "w", 3);
            get(slice().reassign(leader, seat("v"), MAX_CRASHES, List.of("w")));
            dispatch(leader, "w", 2);

            assertThat(read(worker, 0, 0, 10)).isEqualTo(entries);
            assertThat(read(worker, 0, 3, 10)).as("while it holds others").isEmpty();
            Position second = FIRST_MARK.plus(1);
            Reply.Committed two =
                    answer(
                            Reply.Committed.class,
                            slice().commit(
                                            worker,
                                            committing(
                                                    second,
                                                    0,
                                                    List.of(emit(), emit()),
                                                    3,
                                                    10,
                                                    MUCH)));
            assertThat(two.entries()).as("while it holds one").isEmpty();
            assertThat(next(worker, second.plus(2), 2))
                    .containsExactly(suspects.getFirst().withOneMoreCrash());
            assertThat(next(worker, FIRST_MARK, 3)).as("the rest").hasSize(2);
        }

        @Test
        void a_suspect_that_was_only_in_line_gets_no_second_mark() {
            onlyWithLanes("in a group a suspect comes behind what waits");
            Leadership leader = lead("a");
            Membership old = join("w");
            dispatch(leader, "w", 3);
            read(old, 0, 0, 3);
            Membership second = rejoin("w", 2);
            read(second, 0, 0, 10);

            rejoin("w", 3);

            assertThat(lane("w")).extracting(Entry::crashes).containsExactly(2, 1, 1);
        }

        @Test
        void a_message_that_loses_its_worker_three_times_becomes_a_dead_letter_and_others_pass() {
            onlyWithLanes("in a group a suspect comes behind what waits");
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> entries = dispatch(leader, "w", 3);
            long head = 0;
            for (int life = 2; life <= 1 + MAX_CRASHES; life++) {
                assertThat(read(worker, head, head, 1)).hasSize(1);
                Reply.Joined joined =
                        get(slice().join("w", "life " + life, 1, MAX_CRASHES, Map.of()));
                worker = joined.membership();
                head = joined.head();
            }

            assertThat(head).isEqualTo(1);
            assertThat(row(only(deadLetters())))
                    .containsEntry("reason", "crashed")
                    .containsEntry("crashes", "3")
                    .containsEntry(
                            "error", "the worker was lost 3 times while it held this message")
                    .containsEntry("worker", "w")
                    .containsEntry("position", entries.getFirst().position().toString())
                    .containsEntry("payload", latin(entries.getFirst().payload()));
            assertThat(books().count("dead")).isEqualTo(1);
            assertThat(read(worker, head, head, 10)).isEqualTo(entries.subList(1, 3));
        }

        @Test
        void crash_marks_survive_the_way_from_lane_to_lane() {
            onlyWithLanes("in a group nothing is dealt");
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 2);
            read(worker, 0, 0, 1);
            get(slice().reassign(leader, seat("w"), MAX_CRASHES, List.of()));
            Membership second = join("x");
            get(slice().deal(leader, List.of("x")));
            read(second, 0, 0, 1);
            get(slice().reassign(leader, seat("x"), MAX_CRASHES, List.of()));
            assertThat(waiting()).extracting(Entry::crashes).containsExactly(2, 0);
            Membership third = join("y");
            get(slice().deal(leader, List.of("y")));
            read(third, 0, 0, 1);
            get(slice().reassign(leader, seat("y"), MAX_CRASHES, List.of()));

            assertThat(waiting()).extracting(Entry::crashes).containsExactly(0);
            assertThat(row(only(deadLetters()))).containsEntry("worker", "y");
        }

        /// Finishes one entry of a lane that got everything from the first mark on, and reads all that may follow.
        private List<Entry> next(Membership worker, long head) {
            return next(worker, FIRST_MARK.plus((int) head), head);
        }

        /// Finishes one entry and reads all that may follow.
        private List<Entry> next(Membership worker, Position finished, long head) {
            Commit commit = committing(finished, head, List.of(emit("x")), head + 1, 10, MUCH);
            return answer(Reply.Committed.class, slice().commit(worker, commit)).entries();
        }
    }

    @Nested
    class Leaving {

        @Test
        void leaving_moves_the_rest_to_waiting_in_order_and_without_marks() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> entries = dispatch(leader, "w", 7);
            read(worker, 0, 0, 3);
            commit(worker, 0, 3, emit("x"));

            assertThat(get(slice().leave(worker))).isEqualTo(new Reply.Moved(0));

            assertThat(waiting()).isEqualTo(entries.subList(1, 7));
            assertThat(get(slice().roster()).workers()).isEmpty();
            assertWorkerFencedExceptLeaving(worker);
        }

        @Test
        void leaving_twice_is_leaving_once() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 7);
            get(slice().leave(worker));
            Snapshot after = snapshot();

            assertThat(get(slice().leave(worker))).isEqualTo(new Reply.Moved(0));
            assertThat(snapshot()).isEqualTo(after);
        }

        @Test
        void a_long_lane_is_left_a_piece_a_call_and_nothing_new_comes_meanwhile() {
            assumeFalse(packs(), "a pack passes the bound as a whole");
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> all = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                all.addAll(dispatch(leader, "w", 700));
            }

            assertThat(get(slice().leave(worker))).isEqualTo(new Reply.Moved(1_100));
            assertThat(seat("w").state()).isEqualTo(WorkerState.QUIET);
            if (slice().transport() == Transport.LISTS) {
                assertThat(get(slice().dispatch(leader, batch(FIRST_MARK.plus(2_100), "w", 1))))
                        .isEqualTo(new Reply.LanesClosed(List.of("w")));
            }
            assertThat(get(slice().leave(worker))).isEqualTo(new Reply.Moved(100));
            assertThat(get(slice().leave(worker))).isEqualTo(new Reply.Moved(0));
            assertThat(waiting()).isEqualTo(all);
        }

        @Test
        void a_lane_of_large_entries_is_left_in_smaller_pieces() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> large = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                large.add(entry(FIRST_MARK.plus(i), "", new byte[1_500_000]));
            }
            get(slice().dispatch(leader, batch(FIRST_MARK, "w", large)));

            assertThat(get(slice().leave(worker))).isEqualTo(new Reply.Moved(3));
            assertThat(get(slice().leave(worker))).isEqualTo(new Reply.Moved(0));
        }

        @Test
        void another_incarnation_cannot_make_a_worker_leave() {
            Membership worker = join("w");
            Snapshot before = snapshot();

            fenced(slice().leave(new Membership("w", "x", worker.epoch())));
            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void who_left_may_come_back() {
            Leadership leader = lead("a");
            get(slice().leave(join("w")));
            Membership again = rejoin("w", 2);
            List<Entry> entries = dispatch(leader, "w", 2);

            assertThat(read(again, 0, 0, 10)).isEqualTo(entries);
        }
    }

    @Nested
    class Dealing {

        @Test
        void waiting_entries_go_to_live_lanes_in_turn() {
            onlyWithLanes("in a group nothing is dealt");
            Leadership leader = lead("a");
            List<Entry> entries = dispatch(leader, Delivery.WAITING, 5);
            join("v");
            join("w");

            assertThat(get(slice().deal(leader, List.of("v", "w")))).isEqualTo(new Reply.Moved(0));

            assertThat(lane("v")).containsExactly(entries.get(0), entries.get(2), entries.get(4));
            assertThat(lane("w")).containsExactly(entries.get(1), entries.get(3));
        }

        @Test
        void many_entries_are_dealt_a_piece_a_call() {
            onlyWithLanes("in a group nothing is dealt");
            Leadership leader = lead("a");
            List<Entry> all = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                all.addAll(dispatch(leader, Delivery.WAITING, 700));
            }
            join("w");

            assertThat(get(slice().deal(leader, List.of("w")))).isEqualTo(new Reply.Moved(1_100));
            assertThat(get(slice().deal(leader, List.of("w")))).isEqualTo(new Reply.Moved(100));
            assertThat(get(slice().deal(leader, List.of("w")))).isEqualTo(new Reply.Moved(0));
            assertThat(lane("w")).isEqualTo(all);
        }

        @Test
        void dealing_when_nothing_waits_changes_nothing() {
            onlyWithLanes("in a group nothing is dealt");
            Leadership leader = lead("a");
            join("w");
            Snapshot before = snapshot();

            assertThat(get(slice().deal(leader, List.of("w")))).isEqualTo(new Reply.Moved(0));
            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void nothing_is_dealt_when_one_lane_is_closed() {
            onlyWithLanes("in a group nothing is dealt");
            Leadership leader = lead("a");
            dispatch(leader, Delivery.WAITING, 5);
            join("w");
            Snapshot before = snapshot();

            assertThat(get(slice().deal(leader, List.of("w", "nobody"))))
                    .isEqualTo(new Reply.LanesClosed(List.of("nobody")));
            assertThat(snapshot()).isEqualTo(before);
        }
    }

    @Nested
    class Retrying {

        @Test
        void what_is_due_goes_to_live_lanes_in_turn_and_to_waiting_when_there_are_none() {
            onlyWithLanes("in a group they go to whoever asks");
            Leadership leader = lead("a");
            Membership worker = join("w");
            putOff(leader, worker, 5);
            join("v");

            Reply.Retried retried =
                    answer(Reply.Retried.class, slice().retry(leader, List.of("v", "w")));

            assertThat(retried).isEqualTo(new Reply.Retried(5, -1));
            assertThat(lane("v")).hasSize(3);
            assertThat(lane("w")).hasSize(2);
            assertThat(Stream.concat(lane("v").stream(), lane("w").stream()))
                    .allMatch(entry -> entry.attempts() == 1);

            get(slice().leave(worker));
            Membership other = join("x");
            putOff(leader, other, 2);
            get(slice().retry(leader, List.of()));
            assertThat(waiting()).hasSize(4);
            assertThat(books().balanced()).isTrue();
        }

        @Test
        void many_that_are_due_go_a_piece_a_call() {
            onlyWithLanes("in a group they go to whoever asks");
            Leadership leader = lead("a");
            Membership worker = join("w");
            putOff(leader, worker, 1_000);
            putOff(leader, join("v"), 200);

            assertThat(get(slice().retry(leader, List.of("w"))))
                    .isEqualTo(new Reply.Retried(1_000, 0));
            assertThat(get(slice().retry(leader, List.of("w"))))
                    .isEqualTo(new Reply.Retried(200, -1));
            assertThat(get(slice().retry(leader, List.of("w"))))
                    .isEqualTo(new Reply.Retried(0, -1));
            assertThat(lane("w")).hasSize(1_200);
        }

        @Test
        void nothing_moves_when_one_lane_is_closed_or_somebody_else_leads() {
            onlyWithLanes("a group has no lanes that close");
            Leadership leader = lead("a");
            putOff(leader, join("w"), 3);
            Snapshot before = snapshot();

            assertThat(get(slice().retry(leader, List.of("w", "nobody"))))
                    .isEqualTo(new Reply.LanesClosed(List.of("nobody")));
            assertThat(snapshot()).isEqualTo(before);
            granted(claim("b").seeingNow().covering(FIRST_MARK));
            fenced(slice().retry(leader, List.of("w")));
        }

        /// Entries whose time has come at once.
        private void putOff(Leadership leader, Membership worker, int count) {
            List<Entry> entries = dispatch(leader, worker.id(), count);
            answer(
                    Reply.Committed.class,
                    slice().commit(
                                    worker,
                                    committing(
                                            entries.getFirst().position(),
                                            0,
                                            Collections.nCopies(count, new Finish.Retry(0)),
                                            count,
                                            0,
                                            MUCH)));
        }
    }

    @Nested
    class Reassigning {

        @Test
        void a_lost_workers_entries_go_to_live_lanes_in_turn() {
            assumeFalse(packs(), "a pack passes the bound as a whole");
            onlyWithLanes("a group has no targets");
            Leadership leader = lead("a");
            join("w");
            List<Entry> entries = dispatch(leader, "w", 5);
            join("x");
            join("y");

            assertThat(get(slice().reassign(leader, seat("w"), MAX_CRASHES, List.of("x", "y"))))
                    .isEqualTo(new Reply.Moved(0));

            assertThat(lane("x")).containsExactly(entries.get(0), entries.get(2), entries.get(4));
            assertThat(lane("y")).containsExactly(entries.get(1), entries.get(3));
            assertThat(get(slice().roster()).workers())
                    .extracting(Roster.Seat::id)
                    .containsExactly("x", "y");
        }

        @Test
        void with_nobody_alive_the_entries_wait() {
            Leadership leader = lead("a");
            join("w");
            List<Entry> entries = dispatch(leader, "w", 3);

            get(slice().reassign(leader, seat("w"), MAX_CRASHES, List.of()));

            assertThat(waiting()).isEqualTo(entries);
        }

        @Test
        void only_what_was_in_hand_gets_a_crash_mark() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> entries = dispatch(leader, "w", 6);
            read(worker, 0, 0, 4);
            Commit two = committing(0, List.of(emit(), emit()), 4, 0, MUCH);
            answer(Reply.Committed.class, slice().commit(worker, two));

            get(slice().reassign(leader, seat("w"), MAX_CRASHES, List.of()));

            assertThat(waiting())
                    .containsExactly(
                            entries.get(2).withOneMoreCrash(),
                            entries.get(3).withOneMoreCrash(),
                            entries.get(4),
                            entries.get(5));
        }

        @Test
        void an_entry_with_too_many_crashes_becomes_a_dead_letter_with_its_payload_unchanged() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> entries = dispatch(leader, "w", 3);
            read(worker, 0, 0, 2);

            get(slice().reassign(leader, seat("w"), 1, List.of()));

            assertThat(deadLetters())
                    .extracting(fields -> row(fields).get("payload"))
                    .containsExactly(
                            latin(entries.get(0).payload()), latin(entries.get(1).payload()));
            assertThat(waiting()).containsExactly(entries.get(2));
            assertThat(books().count("dead")).isEqualTo(2);
        }

        @Test
        void a_long_lane_is_taken_a_piece_a_call_and_its_worker_is_fenced_by_the_first() {
            assumeFalse(packs(), "a pack passes the bound as a whole");
            onlyWithLanes("a group has no targets");
            Leadership leader = lead("a");
            Membership lost = join("w");
            List<Entry> all = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                all.addAll(dispatch(leader, "w", 700));
            }
            read(lost, 0, 0, 1_000);
            commit(lost, 0, 1_000, emit(), emit());
            answer(
                    Reply.Committed.class,
                    slice().commit(lost, committing(2, List.of(), 1_000, 2, MUCH)));
            join("x");
            Roster.Seat seen = seat("w");

            assertThat(get(slice().reassign(leader, seen, MAX_CRASHES, List.of("x"))))
                    .isEqualTo(new Reply.Moved(1_098));
            assertThat(seat("w").state()).isEqualTo(WorkerState.LOST);
            assertWorkerFenced(lost);
            assertThat(get(slice().dispatch(leader, batch(FIRST_MARK.plus(2_100), "w", 1))))
                    .isEqualTo(new Reply.LanesClosed(List.of("w")));
            assertThat(get(slice().reassign(leader, seen, MAX_CRASHES, List.of("x"))))
                    .isEqualTo(new Reply.Moved(98));
            assertThat(get(slice().reassign(leader, seen, MAX_CRASHES, List.of("x"))))
                    .isEqualTo(new Reply.Moved(0));

            List<Entry> moved = lane("x");
            assertThat(moved)
                    .extracting(Entry::position)
                    .isEqualTo(all.subList(2, 2_100).stream().map(Entry::position).toList());
            assertThat(moved.subList(0, 1_000)).extracting(Entry::crashes).containsOnly(1);
            assertThat(moved.subList(1_000, 2_098)).extracting(Entry::crashes).containsOnly(0);
        }

        @Test
        void a_worker_that_comes_back_half_way_keeps_what_was_not_taken_yet() {
            assumeFalse(packs(), "a pack passes the bound as a whole");
            onlyWithLanes("in a group its backlog is what waits too");
            Leadership leader = lead("a");
            join("w");
            dispatch(leader, "w", 700);
            dispatch(leader, "w", 700);
            Roster.Seat seen = seat("w");
            get(slice().reassign(leader, seen, MAX_CRASHES, List.of()));

            Reply.Joined back = get(slice().join("w", "i2", 1, MAX_CRASHES, Map.of()));

            assertThat(back.head()).isEqualTo(1_000);
            assertThat(back.backlog()).isEqualTo(400);
            assertThat(back.membership().epoch()).isEqualTo(3);
            assertThat(get(slice().reassign(leader, seen, MAX_CRASHES, List.of())))
                    .isInstanceOf(Reply.Alive.class);
            assertThat(read(back.membership(), 1_000, 1_000, 1_000)).hasSize(400);
        }

        @Test
        void reassigning_a_worker_that_is_gone_changes_nothing() {
            Leadership leader = lead("a");
            join("w");
            dispatch(leader, "w", 3);
            Roster.Seat seen = seat("w");
            get(slice().reassign(leader, seen, MAX_CRASHES, List.of()));
            Snapshot after = snapshot();

            assertThat(get(slice().reassign(leader, seen, MAX_CRASHES, List.of())))
                    .isEqualTo(new Reply.Moved(0));
            assertThat(snapshot()).isEqualTo(after);
        }

        @Test
        void a_worker_that_moved_since_the_look_is_alive() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 3);
            Roster.Seat seen = seat("w");
            get(slice().beat(worker, 1, WorkerState.LIVE));
            Snapshot before = snapshot();

            assertThat(get(slice().reassign(leader, seen, MAX_CRASHES, List.of())))
                    .isInstanceOf(Reply.Alive.class);
            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void a_worker_that_joined_anew_since_the_look_is_alive() {
            Leadership leader = lead("a");
            join("w");
            dispatch(leader, "w", 3);
            Roster.Seat seen = seat("w");
            rejoin("w", 2);
            Snapshot before = snapshot();

            assertThat(get(slice().reassign(leader, seen, MAX_CRASHES, List.of())))
                    .isInstanceOf(Reply.Alive.class);
            assertThat(snapshot()).isEqualTo(before);
        }

        @Test
        void the_lost_worker_is_no_target_of_its_own_entries() {
            onlyWithLanes("a group has no targets");
            Leadership leader = lead("a");
            Membership worker = join("w");
            join("v");
            List<Entry> entries = dispatch(leader, "w", 3);
            Roster.Seat seen = seat("w");
            Snapshot before = snapshot();

            assertThat(get(slice().reassign(leader, seen, MAX_CRASHES, List.of("v", "w"))))
                    .isEqualTo(new Reply.LanesClosed(List.of("w")));

            assertThat(snapshot()).isEqualTo(before);
            assertThat(read(worker, 0, 0, 10)).isEqualTo(entries);
        }

        @Test
        void a_closed_target_keeps_everything_where_it_is_and_fences_nobody() {
            onlyWithLanes("a group has no targets");
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 3);
            join("x");
            Snapshot before = snapshot();

            assertThat(
                            get(
                                    slice().reassign(
                                                    leader,
                                                    seat("w"),
                                                    MAX_CRASHES,
                                                    List.of("x", "nobody"))))
                    .isEqualTo(new Reply.LanesClosed(List.of("nobody")));
            assertThat(snapshot()).isEqualTo(before);
            assertThat(get(slice().beat(worker, 1, WorkerState.LIVE)))
                    .isInstanceOf(Reply.Applied.class);
        }
    }

    @Nested
    class Awaiting {

        @Test
        void a_lane_that_holds_something_is_not_waited_for_and_keeps_it() {
            Leadership leader = lead("a");
            join("w");
            List<Entry> entries = dispatch(leader, "w", 3);

            assertThat(get(slice().awaitEntry("w", Duration.ofMillis(500)))).isTrue();
            assertThat(lane("w")).isEqualTo(entries);
        }

        @Test
        void waiting_for_an_empty_lane_ends() {
            join("w");

            assertThat(get(slice().awaitEntry("w", Duration.ofMillis(50)))).isFalse();
        }
    }

    /// What is otherwise where workers share a consumer group: here [Delivery#WAITING] is what nobody was given yet.
    @Nested
    class InAGroup {

        @BeforeEach
        void onlyInAGroup() {
            assumeTrue(slice().transport() == Transport.GROUP, "there are lanes");
        }

        @Test
        void a_worker_takes_its_share_of_what_waits_and_leaves_the_rest_to_others() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            Membership other = join("x");
            List<Entry> entries = dispatch(leader, Delivery.WAITING, 9);

            Reply.Committed first = readAll(worker, 0, 0);
            assertThat(first.entries()).isEqualTo(entries.subList(0, 5));
            assertThat(first.backlog()).as("and what waits").isEqualTo(9);
            assertThat(readAll(other, 0, 0).entries()).isEqualTo(entries.subList(5, 7));
            assertThat(readAll(worker, 0, 5).entries()).isEqualTo(entries.subList(7, 8));
            assertThat(readAll(worker, 0, 6).entries()).isEqualTo(entries.subList(8, 9));
            assertThat(readAll(other, 0, 2).entries()).isEmpty();
            assertThat(waiting()).isEmpty();
            assertThat(lane("w")).hasSize(7);
        }

        @Test
        void a_read_whose_answer_was_lost_returns_the_same_entries() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, Delivery.WAITING, 100);
            List<Entry> first = read(worker, 0, 0, 7);
            List<Entry> second = read(worker, 0, 7, 7);
            Snapshot after = snapshot();

            assertThat(read(worker, 0, 7, 7)).isEqualTo(second).hasSize(7);
            assertThat(read(worker, 0, 0, 7)).isEqualTo(first).hasSize(7);
            assertThat(read(worker, 0, 3, 4)).isEqualTo(first.subList(3, 7));
            assertThat(snapshot()).isEqualTo(after);
        }

        @Test
        void a_commit_whose_answer_was_lost_returns_the_same_new_entries() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, Delivery.WAITING, 20);
            read(worker, 0, 0, 3);
            Commit commit = committing(0, List.of(emit("x"), emit("y")), 3, 4, MUCH);

            Reply.Committed first = answer(Reply.Committed.class, slice().commit(worker, commit));
            Snapshot after = snapshot();
            Reply.Committed again = answer(Reply.Committed.class, slice().commit(worker, commit));

            assertThat(again.entries()).hasSize(4).isEqualTo(first.entries());
            assertThat(again.backlog()).isEqualTo(first.backlog()).isEqualTo(18);
            assertThat(snapshot()).isEqualTo(after);
        }

        @Test
        void a_quiet_worker_is_given_nothing_new_and_has_only_what_it_was_given() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> entries = dispatch(leader, Delivery.WAITING, 9);
            get(slice().awaitEntry("w", Duration.ofMillis(50)));
            get(slice().beat(worker, 1, WorkerState.QUIET));

            Reply.Committed all = readAll(worker, 0, 0);

            assertThat(all.entries()).isEqualTo(entries.subList(0, 1));
            assertThat(all.backlog()).isEqualTo(1);
            assertThat(waiting()).isEqualTo(entries.subList(1, 9));
        }

        @Test
        void a_worker_that_is_wanted_quiet_takes_nothing_new_until_it_is_not() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> entries = dispatch(leader, Delivery.WAITING, 9);
            get(slice().awaitEntry("w", Duration.ofMillis(50)));
            quiet("w", true);

            Reply.Committed all = readAll(worker, 0, 0);
            assertThat(all.entries()).isEqualTo(entries.subList(0, 1));
            assertThat(all.backlog()).isEqualTo(1);
            commit(worker, 0, 1, emit("x"));
            assertThat(get(slice().awaitEntry("w", Duration.ofMillis(50)))).isFalse();
            assertThat(lane("w")).isEmpty();
            assertThat(waiting()).isEqualTo(entries.subList(1, 9));

            quiet("w", false);
            assertThat(get(slice().awaitEntry("w", Duration.ofMillis(50)))).isTrue();
            assertThat(readAll(worker, 1, 1).entries()).isEqualTo(entries.subList(1, 9));
        }

        @Test
        void a_wait_gives_one_entry_that_a_second_wait_still_sees() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            List<Entry> entries = dispatch(leader, Delivery.WAITING, 2);

            assertThat(get(slice().awaitEntry("w", Duration.ofMillis(50)))).isTrue();
            assertThat(get(slice().awaitEntry("w", Duration.ofMillis(50)))).isTrue();

            assertThat(lane("w")).isEqualTo(entries.subList(0, 1));
            assertThat(readAll(worker, 0, 0).entries()).isEqualTo(entries);
        }

        @Test
        void what_a_worker_is_given_that_has_left_the_leader_takes_back_without_a_mark() {
            Leadership leader = lead("a");
            get(slice().leave(join("w")));
            List<Entry> entries = dispatch(leader, Delivery.WAITING, 2);
            get(slice().awaitEntry("w", Duration.ofMillis(50)));

            assertThat(books().balanced()).isTrue();
            assertThat(seat("w")).isEqualTo(new Roster.Seat("w", "", 0, WorkerState.LOST, 1, 1, 0));
            Roster.Seat gone = seat("w");
            assertThat(get(slice().reassign(leader, gone, MAX_CRASHES, List.of())))
                    .isEqualTo(new Reply.Moved(0));

            assertThat(get(slice().roster())).isEqualTo(new Roster(2, List.of()));
            assertThat(waiting()).containsExactly(entries.get(1), entries.get(0));
            Membership back = rejoin("w", 2);
            assertThat(get(slice().reassign(leader, gone, MAX_CRASHES, List.of())))
                    .as("it came back")
                    .isInstanceOf(Reply.Alive.class);
            assertThat(readAll(back, 0, 0).entries()).hasSize(2);
        }

        @Test
        void a_new_incarnation_has_what_was_in_hand_marked_behind_what_waits() {
            Leadership leader = lead("a");
            Membership old = join("w");
            List<Entry> entries = dispatch(leader, "w", 4);
            List<Entry> more = dispatch(leader, Delivery.WAITING, 1);
            read(old, 0, 0, 2);

            Reply.Joined joined = get(slice().join("w", "i2", 1, MAX_CRASHES, Map.of()));

            assertThat(joined.head()).isEqualTo(2);
            assertThat(joined.backlog()).isEqualTo(5);
            assertThat(lane("w")).isEqualTo(entries.subList(2, 4));
            assertThat(waiting())
                    .containsExactly(
                            more.getFirst(),
                            entries.get(0).withOneMoreCrash(),
                            entries.get(1).withOneMoreCrash());
        }

        @Test
        void a_suspect_is_handed_out_alone_and_those_behind_it_wait() {
            Leadership leader = lead("a");
            Membership old = join("w");
            List<Entry> entries = dispatch(leader, "w", 2);
            read(old, 0, 0, 2);
            Membership worker = rejoin("w", 2);
            List<Entry> more = dispatch(leader, Delivery.WAITING, 2);

            assertThat(readAll(worker, 2, 2).entries())
                    .containsExactly(entries.get(0).withOneMoreCrash());
            assertThat(readAll(worker, 2, 3).entries()).as("nothing after it").isEmpty();
            assertThat(finish(worker, FIRST_MARK, 2))
                    .containsExactly(entries.get(1).withOneMoreCrash());
            assertThat(finish(worker, FIRST_MARK.plus(1), 3)).isEqualTo(more);
        }

        @Test
        void a_message_that_loses_its_worker_three_times_becomes_a_dead_letter() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, Delivery.WAITING, 1);
            long head = 0;
            for (int life = 2; life <= 1 + MAX_CRASHES; life++) {
                assertThat(read(worker, head, head, 1)).hasSize(1);
                Reply.Joined joined =
                        get(slice().join("w", "life " + life, 1, MAX_CRASHES, Map.of()));
                worker = joined.membership();
                head = joined.head();
            }

            assertThat(row(only(deadLetters()))).containsEntry("reason", "crashed");
            assertThat(waiting()).isEmpty();
            assertThat(lane("w")).isEmpty();
        }

        @Test
        void a_long_lane_is_taken_back_a_piece_a_call_and_its_worker_fenced_by_the_first() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 900);
            dispatch(leader, "w", 900);
            read(worker, 0, 0, 1_000);
            Roster.Seat seen = seat("w");

            assertThat(get(slice().reassign(leader, seen, MAX_CRASHES, List.of())))
                    .isEqualTo(new Reply.Moved(800));
            assertWorkerFenced(worker);
            assertThat(get(slice().reassign(leader, seen, MAX_CRASHES, List.of())))
                    .isEqualTo(new Reply.Moved(0));

            assertThat(waiting()).hasSize(1_800);
            assertThat(waiting().subList(0, 1_000)).extracting(Entry::crashes).containsOnly(1);
            assertThat(waiting().subList(1_000, 1_800)).extracting(Entry::crashes).containsOnly(0);
            assertThat(get(slice().roster()).workers()).isEmpty();
        }

        @Test
        void what_is_due_goes_behind_what_waits() {
            Leadership leader = lead("a");
            Membership worker = join("w");
            dispatch(leader, "w", 2);
            commit(worker, 0, 2, new Finish.Retry(0), new Finish.Retry(600_000));
            dispatch(leader, Delivery.WAITING, 1);

            Reply.Retried retried = answer(Reply.Retried.class, slice().retry(leader, List.of()));

            assertThat(retried.moved()).isEqualTo(1);
            assertThat(retried.nextMillis()).isBetween(500_000L, 600_000L);
            assertThat(waiting()).extracting(Entry::attempts).containsExactly(0, 1);
        }

        private Reply.Committed readAll(Membership worker, long head, long from) {
            return answer(
                    Reply.Committed.class,
                    slice().commit(worker, committing(head, List.of(), from, 500, MUCH)));
        }

        /// Finishes one entry and reads all that may follow.
        private List<Entry> finish(Membership worker, Position finished, long head) {
            Commit commit = committing(finished, head, List.of(emit("x")), head + 1, 10, MUCH);
            return answer(Reply.Committed.class, slice().commit(worker, commit)).entries();
        }
    }

    // what tests are written with

    /// The leader chooses lanes there; in a group workers take what comes.
    void onlyWithLanes(String why) {
        assumeTrue(slice().transport() == Transport.LISTS, why);
    }

    /// Everything a slice holds, comparable. The store's time is left out.
    record Snapshot(
            Books books,
            Map<String, List<Entry>> lanes,
            List<Entry> waiting,
            List<String> output,
            List<String> dead,
            List<String> gaps) {}

    Snapshot snapshot() {
        Books now = books();
        Map<String, List<Entry>> lanes = new TreeMap<>();
        now.workers().forEach(worker -> lanes.put(worker.id(), lane(worker.id())));
        return new Snapshot(
                new Books(
                        "",
                        now.lead(),
                        now.ledger(),
                        now.waiting(),
                        now.retry(),
                        now.stream(),
                        now.dead(),
                        now.gaps(),
                        0,
                        now.workers()),
                lanes,
                waiting(),
                output().stream().map(SliceContract::latin).toList(),
                deadLetters().stream().map(SliceContract::latin).toList(),
                gaps().stream().map(SliceContract::latin).toList());
    }

    Leadership lead(String owner) {
        return granted(claim(owner).seeingNow().forced()).leadership();
    }

    Reply.Granted granted(Candidacy candidacy) {
        return answer(Reply.Granted.class, slice().claim(candidacy.build()));
    }

    Candidacy claim(String owner) {
        return new Candidacy(owner);
    }

    /// A claim in the making; by default that of one who saw nobody lead and covers nothing.
    final class Candidacy {
        private final String owner;
        private Lead seen = Lead.NONE;
        private int number;
        private long highest;
        private @Nullable Position covered;
        private boolean force;
        private @Nullable Position start;
        private int slices = 1;
        private long maxDead;

        private Candidacy(String owner) {
            this.owner = owner;
        }

        Candidacy seeing(Lead lead) {
            seen = lead;
            return this;
        }

        Candidacy seeingNow() {
            return seeing(get(slice().lead()));
        }

        Candidacy heardOf(long epoch) {
            highest = epoch;
            return this;
        }

        Candidacy covering(Position from) {
            covered = from;
            return this;
        }

        Candidacy forced() {
            force = true;
            return this;
        }

        Candidacy from(Position position) {
            start = position;
            return this;
        }

        Candidacy of(int count) {
            slices = count;
            return this;
        }

        Candidacy toSlice(int its) {
            number = its;
            return this;
        }

        Candidacy keeping(long deadLetters) {
            maxDead = deadLetters;
            return this;
        }

        Claim build() {
            return new Claim(
                    owner,
                    seen,
                    number,
                    highest,
                    covered,
                    force,
                    start,
                    highest > 0,
                    slices,
                    "generation of " + owner,
                    "cause of " + owner,
                    maxDead);
        }
    }

    Membership join(String id) {
        return get(slice().join(id, id + " 1", 1, MAX_CRASHES, Map.of("host", "here")))
                .membership();
    }

    Membership rejoin(String id, int life) {
        return get(slice().join(id, id + " " + life, 1, MAX_CRASHES, Map.of())).membership();
    }

    Roster.Seat seat(String id) {
        return get(slice().roster()).workers().stream()
                .filter(seat -> seat.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    /// Dispatches fresh entries at the watermark, all to one place.
    List<Entry> dispatch(Leadership leader, String worker, int count) {
        Position at = get(slice().lead()).watermark();
        assertThat(at).isNotNull();
        List<Entry> entries = entries(at == null ? FIRST_MARK : at, count);
        answer(
                Reply.Appended.class,
                slice().dispatch(leader, batch(entries.getFirst().position(), worker, entries)));
        return entries;
    }

    Batch batch(Position from, String worker, int count) {
        return batch(from, worker, entries(from, count));
    }

    static Batch batch(Position from, String worker, List<Entry> entries) {
        return new Batch(from, from.plus(entries.size()), List.of(new Delivery(worker, entries)));
    }

    List<Entry> entries(Position from, int count) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add(
                    entry(from.plus(i), i % 3 == 0 ? "" : "ch", randomBytes(random.nextInt(60))));
        }
        return entries;
    }

    static Entry entry(Position position, String channel, byte[] payload) {
        return Entry.of(position, 1_700_000_000_000L, bytes(channel), payload, 0, payload.length);
    }

    byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    List<Entry> read(Membership worker, long head, long from, int most) {
        return answer(
                        Reply.Committed.class,
                        slice().commit(worker, committing(head, List.of(), from, most, MUCH)))
                .entries();
    }

    /// Finishes entries and reads from there on, holding those up to `readFrom`.
    Reply.Committed commit(Membership worker, long head, long readFrom, Finish... finishes) {
        return answer(
                Reply.Committed.class,
                slice().commit(worker, committing(head, List.of(finishes), readFrom, 10, MUCH)));
    }

    static Finish emit(String... payloads) {
        List<Finish.StreamEntry> entries = new ArrayList<>();
        for (String payload : payloads) {
            entries.add(new Finish.StreamEntry(null, List.of(bytes("payload"), bytes(payload))));
        }
        return new Finish.Emit(entries);
    }

    /// One stream entry with these fields.
    static Finish emitFields(List<byte[]> fields) {
        return new Finish.Emit(List.of(new Finish.StreamEntry(null, fields)));
    }

    static Finish bury(String reason) {
        return new Finish.Bury(reason, "what was wrong", "");
    }

    void assertWorkerFenced(Membership worker) {
        assertWorkerFencedExceptLeaving(worker);
        Snapshot before = snapshot();
        fenced(slice().leave(worker));
        assertThat(snapshot()).isEqualTo(before);
    }

    void assertWorkerFencedExceptLeaving(Membership worker) {
        Snapshot before = snapshot();
        fenced(slice().commit(worker, committing(0, List.of(), 0, 1, MUCH)));
        fenced(slice().commit(worker, committing(0, List.of(emit("late")), 1, 1, MUCH)));
        fenced(slice().beat(worker, 1_000, WorkerState.LIVE));
        assertThat(snapshot()).isEqualTo(before);
    }

    static void fenced(CompletableFuture<? extends Reply> call) {
        assertThat(get(call)).isInstanceOf(Reply.Fenced.class);
    }

    static void fails(CompletableFuture<?> call) {
        assertThatThrownBy(() -> call.get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class);
    }

    static <R> R answer(Class<R> type, CompletableFuture<? super R> call) {
        Object reply = get(call);
        assertThat(reply).isInstanceOf(type);
        return type.cast(reply);
    }

    static <T> T get(CompletableFuture<T> call) {
        try {
            return call.get(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    static <T> T only(List<T> all) {
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    /// Names and values as text that keeps every byte.
    static Map<String, String> row(List<byte[]> fields) {
        Map<String, String> row = new LinkedHashMap<>();
        for (int i = 0; i < fields.size(); i += 2) {
            row.put(latin(fields.get(i)), latin(fields.get(i + 1)));
        }
        return row;
    }

    static String latin(List<byte[]> fields) {
        return fields.stream().map(SliceContract::latin).toList().toString();
    }

    static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /// A commit by a worker whose lane got everything from the first mark on.
    static Commit committing(
            long head, List<Finish> finishes, long readFrom, int maxEntries, int maxBytes) {
        return committing(
                FIRST_MARK.plus((int) head), head, finishes, readFrom, maxEntries, maxBytes);
    }

    /// A commit by a worker whose lane holds entries from a position on.
    static Commit committing(
            Position first,
            long head,
            List<Finish> finishes,
            long readFrom,
            int maxEntries,
            int maxBytes) {
        byte[] positions = new byte[finishes.size() * Entry.POSITION_BYTES];
        for (int i = 0; i < finishes.size(); i++) {
            entry(first.plus(i), "", new byte[0]).copyPosition(positions, i * Entry.POSITION_BYTES);
        }
        return new Commit(head, positions, finishes, readFrom, maxEntries, maxBytes);
    }
}
