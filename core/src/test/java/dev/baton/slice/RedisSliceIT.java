package dev.baton.slice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.Position;
import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.testing.RedisProcess;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every script against a real server: who may write, what a repeated call does, what a refused one leaves alone.
class RedisSliceIT {

    private static final SliceKeys KEYS = new SliceKeys("out");
    private static final int MAX_CRASHES = 3;
    private static RedisProcess redis;
    private static RedisConnector connector;
    private static StatefulRedisConnection<byte[], byte[]> raw;
    private static RedisSlice slice;
    private static SliceBooks books;

    private final Random random = new Random(42);
    private boolean balanceAtEnd = true;

    @BeforeAll
    static void start() {
        redis = RedisProcess.start();
        connector = new RedisConnector(RedisAddress.parse(redis.uri()));
        raw = connector.connect();
        slice = RedisSlice.forWorker(connector, KEYS);
        books = SliceBooks.open(connector, "out");
    }

    @AfterAll
    static void stop() {
        slice.close();
        books.close();
        connector.close();
        redis.close();
    }

    @BeforeEach
    void empty() {
        raw.sync().flushall();
    }

    @AfterEach
    void theBooksBalance() {
        if (balanceAtEnd) {
            assertThat(books.read().balanced()).isTrue();
        }
    }

    // claim, renew, resign

    @Test
    void theFirstClaimStartsAtMarkZeroOfItsTermWithoutAGap() {
        Reply.Granted granted = lead("a");

        assertThat(granted.leadership().epoch()).isEqualTo(1);
        assertThat(granted.watermark()).isEqualTo(Position.atMark(1, 0));
        assertThat(granted.gapFrom()).isNull();
        assertThat(books.read().gaps()).isZero();
    }

    @Test
    void aClaimIsRefusedWhenTheLeaderMovedMeanwhile() {
        Reply.Granted first = lead("a");
        Lead seen = get(slice.lead());
        get(slice.renew(first.leadership(), 1));

        assertThat(get(slice.claim(claim("b", seen, 0)))).isInstanceOf(Reply.Lost.class);
        assertThat(get(slice.lead()).owner()).isEqualTo("a");
    }

    @Test
    void aForcedClaimDeclaresWhatItDoesNotCover() {
        Reply.Granted first = lead("a");
        dispatchWaiting(first, 5);
        Reply.Granted second = (Reply.Granted) get(slice.claim(claim("b", get(slice.lead()), 0)));

        assertThat(second.leadership().epoch()).isEqualTo(2);
        assertThat(second.gapFrom()).isEqualTo(first.watermark().plus(5));
        assertThat(second.watermark()).isEqualTo(Position.atMark(2, 0));
        Map<String, String> gap = only(KEYS.gaps());
        assertThat(gap)
                .containsEntry("from", "00000001.00000000.00000005")
                .containsEntry("to", "00000002.00000000.00000000");
    }

    @Test
    void aCoveredClaimGoesOnAtTheWatermarkWithoutAGap() {
        Reply.Granted first = lead("a");
        dispatchWaiting(first, 5);
        Claim covered =
                new Claim(
                        "b", get(slice.lead()), 0, first.watermark(), false, null, 1, "g", "test");

        Reply.Granted second = (Reply.Granted) get(slice.claim(covered));

        assertThat(second.watermark()).isEqualTo(first.watermark().plus(5));
        assertThat(books.read().gaps()).isZero();
    }

    @Test
    void anUncoveredClaimIsRefusedUnlessForced() {
        Reply.Granted first = lead("a");
        dispatchWaiting(first, 5);
        Claim late =
                new Claim(
                        "b",
                        get(slice.lead()),
                        0,
                        Position.atMark(1, 1),
                        false,
                        null,
                        1,
                        "g",
                        "test");

        assertThat(get(slice.claim(late))).isInstanceOf(Reply.Uncovered.class);
    }

    @Test
    void anEpochIsNeverGivenTwiceEvenIfTheStoreForgotIt() {
        Reply.Granted granted = (Reply.Granted) get(slice.claim(claim("a", Lead.NONE, 41)));

        assertThat(granted.leadership().epoch()).isEqualTo(42);
    }

    @Test
    void aRepeatedClaimHasTheEffectOfOne() {
        Claim claim = claim("a", Lead.NONE, 0);
        Reply.Granted first = (Reply.Granted) get(slice.claim(claim));
        Reply.Granted again = (Reply.Granted) get(slice.claim(claim));

        assertThat(again.leadership()).isEqualTo(first.leadership());
        assertThat(again.watermark()).isEqualTo(first.watermark());
    }

    @Test
    void aClaimWithAnotherNumberOfSlicesIsRefused() {
        lead("a");
        Claim other = new Claim("b", get(slice.lead()), 0, null, true, null, 6, "g", "test");

        assertThat(get(slice.claim(other))).isEqualTo(new Reply.OtherSlices(1));
    }

    @Test
    void aFormerLeaderIsFencedInEveryCall() {
        Reply.Granted former = lead("a");
        Membership worker = join("w").membership();
        get(slice.claim(claim("b", get(slice.lead()), 0)));
        Books before = books.read();
        Leadership old = former.leadership();

        assertThat(get(slice.renew(old, 9))).isInstanceOf(Reply.Fenced.class);
        assertThat(get(slice.resign(old))).isInstanceOf(Reply.Fenced.class);
        assertThat(get(slice.dispatch(old, batch(former.watermark(), "w", 3))))
                .isInstanceOf(Reply.Fenced.class);
        assertThat(get(slice.skip(old, former.watermark(), former.watermark().plus(1), 1L, "x")))
                .isInstanceOf(Reply.Fenced.class);
        assertThat(get(slice.deal(old, List.of("w")))).isInstanceOf(Reply.Fenced.class);
        assertThat(get(slice.reassign(old, seat("w"), MAX_CRASHES, List.of())))
                .isInstanceOf(Reply.Fenced.class);
        assertUnchanged(before);
        assertThat(get(slice.commit(worker, read(0)))).isInstanceOf(Reply.Committed.class);
    }

    @Test
    void theSameEpochUnderAnotherOwnerIsFenced() {
        Reply.Granted granted = lead("a");
        Leadership forged = new Leadership(granted.leadership().epoch(), "b");

        assertThat(get(slice.dispatch(forged, batch(granted.watermark(), Delivery.WAITING, 1))))
                .isInstanceOf(Reply.Fenced.class);
    }

    @Test
    void resigningTwiceIsResigningOnce() {
        Leadership leadership = lead("a").leadership();

        assertThat(get(slice.resign(leadership))).isInstanceOf(Reply.Applied.class);
        assertThat(get(slice.resign(leadership))).isInstanceOf(Reply.Applied.class);
        assertThat(get(slice.lead()).owner()).isEmpty();
    }

    // dispatch, skip

    @Test
    void aRepeatedDispatchAppendsOnce() {
        Reply.Granted granted = lead("a");
        join("w");
        Batch batch = batch(granted.watermark(), "w", 10);

        Reply.Appended first = (Reply.Appended) get(slice.dispatch(granted.leadership(), batch));
        Reply.Appended again = (Reply.Appended) get(slice.dispatch(granted.leadership(), batch));

        assertThat(first.backlogs()).containsExactly(10L);
        assertThat(again.backlogs()).containsExactly(10L);
        assertThat(books.read().count("dispatched")).isEqualTo(10);
    }

    @Test
    void aDispatchThatExpectsAnotherWatermarkWritesNothing() {
        Reply.Granted granted = lead("a");
        Books before = books.read();

        Reply answer =
                get(
                        slice.dispatch(
                                granted.leadership(),
                                batch(granted.watermark().plus(1), Delivery.WAITING, 1)));

        assertThat(answer).isEqualTo(new Reply.Regressed(granted.watermark()));
        assertUnchanged(before);
    }

    @Test
    void aDispatchToALaneWithoutALiveWorkerWritesNothing() {
        Reply.Granted granted = lead("a");
        join("w");
        Books before = books.read();
        List<Entry> entries = entries(granted.watermark(), 4);
        Batch batch =
                new Batch(
                        granted.watermark(),
                        granted.watermark().plus(4),
                        List.of(
                                new Delivery("w", entries.subList(0, 2)),
                                new Delivery("nobody", entries.subList(2, 4))));

        assertThat(get(slice.dispatch(granted.leadership(), batch)))
                .isEqualTo(new Reply.LanesClosed(List.of("nobody")));
        assertUnchanged(before);
    }

    @Test
    void skippedMessagesAreDeclaredOnce() {
        Reply.Granted granted = lead("a");
        Position to = granted.watermark().plus(7);

        get(slice.skip(granted.leadership(), granted.watermark(), to, 7L, "buffer full"));
        get(slice.skip(granted.leadership(), granted.watermark(), to, 7L, "buffer full"));

        assertThat(only(KEYS.gaps()))
                .containsEntry("count", "7")
                .containsEntry("cause", "buffer full");
        assertThat(books.read().count("lost")).isEqualTo(7);
    }

    // commit

    @Test
    void everyOutcomeTakesEffectWithTheRemovalOfItsEntry() {
        Reply.Granted granted = lead("a");
        Reply.Joined joined = join("w");
        List<Entry> entries = entries(granted.watermark(), 4);
        get(slice.dispatch(granted.leadership(), batch(granted.watermark(), "w", entries)));
        assertThat(committed(slice.commit(joined.membership(), read(0))).entries())
                .isEqualTo(entries);

        Commit commit =
                new Commit(
                        0,
                        List.of(
                                emit("x"),
                                emit("y", "z"),
                                new Finish.Emit(List.of()),
                                bury("not-json")),
                        4,
                        10,
                        1000);
        Reply.Committed done = committed(slice.commit(joined.membership(), commit));
        Reply.Committed again = committed(slice.commit(joined.membership(), commit));

        assertThat(done.head()).isEqualTo(4);
        assertThat(again.head()).isEqualTo(4);
        Books after = books.read();
        assertThat(after.stream()).isEqualTo(3);
        assertThat(after.count("committed")).isEqualTo(2);
        assertThat(after.count("emitted")).isEqualTo(3);
        assertThat(after.count("dropped")).isEqualTo(1);
        assertThat(after.count("dead")).isEqualTo(1);
        StreamMessage<byte[], byte[]> letter =
                raw.sync().xrange(KEYS.dead(), Range.unbounded()).getFirst();
        assertThat(fields(letter))
                .containsEntry("reason", "not-json")
                .containsEntry("position", entries.get(3).position().toString())
                .containsEntry("worker", "w");
        letter.getBody()
                .forEach(
                        (name, value) -> {
                            if (text(name).equals("payload")) {
                                assertThat(value).isEqualTo(entries.get(3).payload());
                            }
                        });
    }

    @Test
    void aRepeatedReadReturnsTheSameEntries() {
        Reply.Granted granted = lead("a");
        Membership worker = join("w").membership();
        get(slice.dispatch(granted.leadership(), batch(granted.watermark(), "w", 100)));

        List<Entry> first =
                committed(slice.commit(worker, new Commit(0, List.of(), 10, 20, 1 << 20)))
                        .entries();
        List<Entry> again =
                committed(slice.commit(worker, new Commit(0, List.of(), 10, 20, 1 << 20)))
                        .entries();

        assertThat(first).hasSize(20).isEqualTo(again);
        assertThat(first.getFirst().position()).isEqualTo(granted.watermark().plus(10));
    }

    @Test
    void readingIsBoundedByBytes() {
        Reply.Granted granted = lead("a");
        Membership worker = join("w").membership();
        List<Entry> large = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            large.add(
                    Entry.of(
                            granted.watermark().plus(i),
                            0,
                            new byte[0],
                            new byte[100_000],
                            0,
                            100_000));
        }
        get(slice.dispatch(granted.leadership(), batch(granted.watermark(), "w", large)));

        assertThat(
                        committed(slice.commit(worker, new Commit(0, List.of(), 0, 500, 1_000_000)))
                                .entries())
                .hasSizeBetween(8, 11);
    }

    @Test
    void aCommitElsewhereOrByAnotherIncarnationWritesNothing() {
        Reply.Granted granted = lead("a");
        Membership worker = join("w").membership();
        get(slice.dispatch(granted.leadership(), batch(granted.watermark(), "w", 5)));
        Books before = books.read();
        Membership other = new Membership("w", "another", worker.epoch());
        Membership older = new Membership("w", worker.incarnation(), worker.epoch() - 1);

        assertThat(get(slice.commit(other, new Commit(0, List.of(emit("x")), 1, 0, 1))))
                .isInstanceOf(Reply.Fenced.class);
        assertThat(get(slice.commit(older, new Commit(0, List.of(emit("x")), 1, 0, 1))))
                .isInstanceOf(Reply.Fenced.class);
        assertThat(get(slice.commit(worker, new Commit(2, List.of(emit("x")), 3, 0, 1))))
                .isEqualTo(new Reply.Misplaced(0));
        assertUnchanged(before);
    }

    @Test
    void aCommitThatIsMalformedAtItsEndWritesNothing() {
        Reply.Granted granted = lead("a");
        Membership worker = join("w").membership();
        get(slice.dispatch(granted.leadership(), batch(granted.watermark(), "w", 5)));
        Books before = books.read();
        Finish broken = new Finish.Emit(List.of(List.of(bytes("name without value"))));

        assertThatThrownBy(
                        () ->
                                get(
                                        slice.commit(
                                                worker,
                                                new Commit(
                                                        0, List.of(emit("x"), broken), 2, 0, 1))))
                .hasMessageContaining("BATON commit");
        assertUnchanged(before);
    }

    // workers

    @Test
    void aBeatOfAnotherIncarnationIsFencedAndALateOneChangesNothing() {
        Membership worker = join("w").membership();

        assertThat(get(slice.beat(worker, 5, WorkerState.LIVE))).isInstanceOf(Reply.Applied.class);
        assertThat(get(slice.beat(worker, 4, WorkerState.QUIET))).isInstanceOf(Reply.Applied.class);
        assertThat(seat("w").beat()).isEqualTo(5);
        assertThat(seat("w").state()).isEqualTo(WorkerState.LIVE);
        assertThat(get(slice.beat(new Membership("w", "x", 1), 9, WorkerState.LIVE)))
                .isInstanceOf(Reply.Fenced.class);
    }

    @Test
    void joiningTwiceIsJoiningOnce() {
        Reply.Joined first = get(slice.join("w", "i1", 1, MAX_CRASHES, Map.of()));
        Reply.Joined again = get(slice.join("w", "i1", 1, MAX_CRASHES, Map.of()));

        assertThat(again.membership()).isEqualTo(first.membership());
    }

    @Test
    void aNewIncarnationTakesTheLaneOverAndFencesTheOldOne() {
        Reply.Granted granted = lead("a");
        Membership old = join("w").membership();
        get(slice.dispatch(granted.leadership(), batch(granted.watermark(), "w", 5)));
        committed(slice.commit(old, new Commit(0, List.of(), 0, 2, 1 << 20)));

        Reply.Joined joined = get(slice.join("w", "new", 1, MAX_CRASHES, Map.of()));

        assertThat(joined.backlog()).isEqualTo(5);
        assertThat(get(slice.commit(old, read(2)))).isInstanceOf(Reply.Fenced.class);
        List<Entry> first = committed(slice.commit(joined.membership(), read(0))).entries();
        assertThat(first).as("a suspect is handed out alone").hasSize(1);
        assertThat(first.getFirst().crashes()).isEqualTo(1);
        assertThat(first.getFirst().position()).isEqualTo(granted.watermark());
        assertThat(
                        committed(
                                        slice.commit(
                                                joined.membership(),
                                                new Commit(0, List.of(), 1, 500, 1 << 20)))
                                .entries())
                .isEmpty();
    }

    @Test
    void aMessageThatLosesItsWorkerThreeTimesBecomesADeadLetterAloneAndOthersPass() {
        Reply.Granted granted = lead("a");
        Membership worker = join("w").membership();
        get(slice.dispatch(granted.leadership(), batch(granted.watermark(), "w", 3)));
        committed(slice.commit(worker, new Commit(0, List.of(), 0, 1, 1 << 20)));
        Reply.Joined joined = get(slice.join("w", "i1", 1, MAX_CRASHES, Map.of()));
        for (int crash = 2; crash <= MAX_CRASHES; crash++) {
            assertThat(committed(slice.commit(joined.membership(), read(joined.head()))).entries())
                    .hasSize(1);
            joined = get(slice.join("w", "i" + crash, 1, MAX_CRASHES, Map.of()));
        }

        assertThat(only(KEYS.dead()))
                .containsEntry("reason", "crashed")
                .containsEntry("crashes", "3");
        List<Entry> rest =
                committed(slice.commit(joined.membership(), read(joined.head()))).entries();
        assertThat(rest).hasSize(2).allSatisfy(entry -> assertThat(entry.crashes()).isZero());
    }

    @Test
    void leavingMovesTheRestToWaitingAndDealingBringsItToOthers() {
        Reply.Granted granted = lead("a");
        Membership worker = join("w").membership();
        get(slice.dispatch(granted.leadership(), batch(granted.watermark(), "w", 7)));

        assertThat(get(slice.leave(worker))).isEqualTo(new Reply.Moved(0));
        assertThat(get(slice.leave(worker))).isEqualTo(new Reply.Moved(0));
        assertThat(books.read().waiting()).isEqualTo(7);
        join("x");
        join("y");
        assertThat(get(slice.deal(granted.leadership(), List.of("x", "y"))))
                .isEqualTo(new Reply.Moved(0));
        assertThat(seat("x").backlog()).isEqualTo(4);
        assertThat(seat("y").backlog()).isEqualTo(3);
    }

    @Test
    void aLostWorkersEntriesGoToOthersInPiecesAndItIsFencedFirst() {
        Reply.Granted granted = lead("a");
        Membership lost = join("w").membership();
        Position at = granted.watermark();
        for (int i = 0; i < 3; i++) {
            get(slice.dispatch(granted.leadership(), batch(at, "w", 500)));
            at = at.plus(500);
        }
        committed(slice.commit(lost, new Commit(0, List.of(), 0, 100, 1 << 20)));
        join("x");
        Roster.Seat seen = seat("w");

        assertThat(get(slice.reassign(granted.leadership(), seen, MAX_CRASHES, List.of("x"))))
                .isEqualTo(new Reply.Moved(500));
        assertThat(get(slice.commit(lost, new Commit(0, List.of(emit("late")), 1, 0, 1))))
                .isInstanceOf(Reply.Fenced.class);
        assertThat(get(slice.beat(lost, 99, WorkerState.LIVE))).isInstanceOf(Reply.Fenced.class);
        assertThat(get(slice.leave(lost))).isInstanceOf(Reply.Fenced.class);
        assertThat(get(slice.reassign(granted.leadership(), seen, MAX_CRASHES, List.of("x"))))
                .isEqualTo(new Reply.Moved(0));
        assertThat(get(slice.reassign(granted.leadership(), seen, MAX_CRASHES, List.of("x"))))
                .isEqualTo(new Reply.Moved(0));

        assertThat(seat("x").backlog()).isEqualTo(1500);
        assertThat(get(slice.roster()).workers()).hasSize(1);
    }

    @Test
    void aWorkerThatMovedMeanwhileIsNotReassigned() {
        Reply.Granted granted = lead("a");
        Membership worker = join("w").membership();
        Roster.Seat seen = seat("w");
        get(slice.beat(worker, 1, WorkerState.LIVE));

        assertThat(get(slice.reassign(granted.leadership(), seen, MAX_CRASHES, List.of())))
                .isInstanceOf(Reply.Alive.class);
        assertThat(get(slice.beat(worker, 2, WorkerState.LIVE))).isInstanceOf(Reply.Applied.class);
    }

    @Test
    void withNobodyAliveTheEntriesWait() {
        Reply.Granted granted = lead("a");
        join("w");
        get(slice.dispatch(granted.leadership(), batch(granted.watermark(), "w", 3)));

        get(slice.reassign(granted.leadership(), seat("w"), MAX_CRASHES, List.of()));

        assertThat(books.read().waiting()).isEqualTo(3);
    }

    // the server's own troubles

    @Test
    void pipelinedCallsKeepTheirOrderWhenTheServerForgotTheScripts() {
        Reply.Granted granted = lead("a");
        join("w");
        raw.sync().scriptFlush();
        List<CompletableFuture<Reply.ToDispatch>> answers = new ArrayList<>();
        Position at = granted.watermark();
        for (int i = 0; i < 10; i++) {
            answers.add(slice.dispatch(granted.leadership(), batch(at, "w", 10)));
            at = at.plus(10);
        }

        answers.forEach(answer -> assertThat(get(answer)).isInstanceOf(Reply.Appended.class));
        assertThat(books.read().count("dispatched")).isEqualTo(100);
    }

    @Test
    void withoutMemoryNothingIsHalfWritten() {
        Reply.Granted granted = lead("a");
        Membership worker = join("w").membership();
        get(slice.dispatch(granted.leadership(), batch(granted.watermark(), "w", 5)));
        Books before = books.read();
        raw.sync().configSet("maxmemory", "1");
        try {
            assertThatThrownBy(
                            () ->
                                    get(
                                            slice.commit(
                                                    worker,
                                                    new Commit(0, List.of(emit("x")), 1, 0, 1))))
                    .hasMessageContaining("OOM");
            assertThatThrownBy(
                            () ->
                                    get(
                                            slice.dispatch(
                                                    granted.leadership(),
                                                    batch(granted.watermark().plus(5), "w", 5))))
                    .hasMessageContaining("OOM");
        } finally {
            raw.sync().configSet("maxmemory", "0");
        }
        assertUnchanged(before);
        assertThat(
                        committed(slice.commit(worker, new Commit(0, List.of(emit("x")), 1, 0, 1)))
                                .head())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ledger", "waiting", "dead"})
    void aForeignKeyUnderOurNameChangesNothing(String name) {
        balanceAtEnd = false;
        Reply.Granted granted = lead("a");
        Membership worker = join("w").membership();
        get(slice.dispatch(granted.leadership(), batch(granted.watermark(), "w", 2)));
        byte[] key = bytes("{out}:" + name);
        raw.sync().del(key);
        raw.sync().set(key, bytes("foreign"));
        Lead before = get(slice.lead());

        if (name.equals("dead")) {
            assertThatThrownBy(
                            () ->
                                    get(
                                            slice.commit(
                                                    worker,
                                                    new Commit(
                                                            0,
                                                            List.of(emit("x"), bury("r")),
                                                            2,
                                                            0,
                                                            1))))
                    .hasMessageContaining("WRONGTYPE");
        } else {
            assertThatThrownBy(
                            () ->
                                    get(
                                            slice.dispatch(
                                                    granted.leadership(),
                                                    batch(granted.watermark().plus(2), "w", 2))))
                    .hasMessageContaining("WRONGTYPE");
        }

        assertThat(get(slice.lead())).isEqualTo(before);
        assertThat(raw.sync().llen(KEYS.lane("w"))).isEqualTo(2);
        assertThat(raw.sync().xlen(KEYS.output())).isZero();
    }

    @Test
    void anIdleWorkerWakesWhenAnEntryComesAndTheEntryStays() throws Exception {
        Reply.Granted granted = lead("a");
        join("w");
        CompletableFuture<Boolean> waiting = slice.awaitEntry("w", RedisSlice.MAX_AWAIT);

        get(slice.dispatch(granted.leadership(), batch(granted.watermark(), "w", 3)));

        assertThat(waiting.get(1, TimeUnit.SECONDS)).isTrue();
        assertThat(seat("w").backlog()).isEqualTo(3);
    }

    private Reply.Granted lead(String owner) {
        return (Reply.Granted) get(slice.claim(claim(owner, get(slice.lead()), 0)));
    }

    private static Claim claim(String owner, Lead seen, long highestEpoch) {
        return new Claim(owner, seen, highestEpoch, null, true, null, 1, "generation", "test");
    }

    private static Reply.Joined join(String id) {
        return get(slice.join(id, "incarnation-of-" + id, 1, MAX_CRASHES, Map.of("host", "here")));
    }

    private static Roster.Seat seat(String id) {
        return get(slice.roster()).workers().stream()
                .filter(seat -> seat.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private void dispatchWaiting(Reply.Granted granted, int count) {
        get(
                slice.dispatch(
                        granted.leadership(), batch(granted.watermark(), Delivery.WAITING, count)));
    }

    private Batch batch(Position from, String worker, int count) {
        return batch(from, worker, entries(from, count));
    }

    private static Batch batch(Position from, String worker, List<Entry> entries) {
        return new Batch(from, from.plus(entries.size()), List.of(new Delivery(worker, entries)));
    }

    private List<Entry> entries(Position from, int count) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] payload = new byte[random.nextInt(200)];
            random.nextBytes(payload);
            entries.add(
                    Entry.of(
                            from.plus(i),
                            1_700_000_000_000L,
                            bytes("ch"),
                            payload,
                            0,
                            payload.length));
        }
        return entries;
    }

    private static Commit read(long from) {
        return new Commit(from == 0 ? 0 : from, List.of(), from, 500, 1 << 20);
    }

    private static Finish emit(String... payloads) {
        List<List<byte[]>> entries = new ArrayList<>();
        for (String payload : payloads) {
            entries.add(List.of(bytes("payload"), bytes(payload)));
        }
        return new Finish.Emit(entries);
    }

    private static Finish bury(String reason) {
        return new Finish.Bury(reason, "what was wrong", "");
    }

    private static Reply.Committed committed(CompletableFuture<Reply.ToCommit> answer) {
        return (Reply.Committed) get(answer);
    }

    private static void assertUnchanged(Books before) {
        Books now = books.read();
        assertThat(now.lead()).isEqualTo(before.lead());
        assertThat(now.ledger()).isEqualTo(before.ledger());
        assertThat(now.workers()).isEqualTo(before.workers());
        assertThat(now.waiting()).isEqualTo(before.waiting());
        assertThat(now.stream()).isEqualTo(before.stream());
        assertThat(now.dead()).isEqualTo(before.dead());
        assertThat(now.gaps()).isEqualTo(before.gaps());
    }

    private static Map<String, String> only(byte[] stream) {
        List<StreamMessage<byte[], byte[]>> all = raw.sync().xrange(stream, Range.unbounded());
        assertThat(all).hasSize(1);
        return fields(all.getFirst());
    }

    private static Map<String, String> fields(StreamMessage<byte[], byte[]> entry) {
        Map<String, String> fields = new java.util.HashMap<>();
        entry.getBody().forEach((name, value) -> fields.put(text(name), text(value)));
        return fields;
    }

    private static <T> T get(CompletableFuture<T> future) {
        return future.join();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
