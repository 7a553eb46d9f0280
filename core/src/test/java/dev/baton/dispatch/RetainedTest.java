package dev.baton.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.Position;
import dev.baton.slice.Element;
import dev.baton.slice.Entry;
import dev.baton.slice.Pack;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetainedTest {

    private static final byte[] NO_CHANNEL = {};
    private static final long RETENTION = 1_000;
    private static final Position START = Position.atMark(3, 1);

    private record Kept(Position position, byte[] payload) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void givesBackEveryMessageOnceInOrderWhateverItsSizeAndHoweverManyMarks(long seed) {
        Random random = new Random(seed);
        Retained retained = retained(1L << 30, Overflow.SHED_NEWEST, true);
        List<Kept> all = new ArrayList<>();
        int mark = 1;
        for (int i = 0; i < 2_000; i++) {
            while (random.nextInt(5) == 0) {
                retained.open(Position.atMark(3, ++mark));
            }
            byte[] payload =
                    new byte
                            [random.nextInt(10) == 0
                                    ? random.nextInt(300_000)
                                    : random.nextInt(300)];
            random.nextBytes(payload);
            all.add(new Kept(retained.end(), payload));
            assertThat(retained.append(bytes("channel-" + i % 3), payload)).isTrue();
        }

        int from = random.nextInt(2_000);
        Cursor cursor = retained.cursorAt(0, all.get(from).position());
        for (int i = from; i < 2_000; i++) {
            assertThat(cursor.peekLength()).isEqualTo(all.get(i).payload().length);
            Entry entry = cursor.take(42);
            assertThat(entry.position()).isEqualTo(all.get(i).position());
            assertThat(entry.payload()).isEqualTo(all.get(i).payload());
            assertThat(entry.channel()).isEqualTo("channel-" + i % 3);
            assertThat(entry.storeMillis()).isEqualTo(42);
        }
        assertThat(cursor.hasNext()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void packsHoldWhatComesNextWhateverTheMarksAndSlices(long seed) {
        Random random = new Random(seed);
        int slices = 1 + (int) (seed % 3);
        boolean several = seed % 2 == 0;
        Retained retained =
                new Retained(1L << 30, RETENTION, Overflow.SHED_NEWEST, several, slices);
        retained.openBehindBreak(START);
        retained.trust(START);
        List<Kept> all = new ArrayList<>();
        int mark = 1;
        for (int i = 0; i < 3_000; i++) {
            if (random.nextInt(40) == 0) {
                retained.open(Position.atMark(3, ++mark));
            }
            byte[] payload = new byte[random.nextInt(20) == 0 ? 20_000 : random.nextInt(300)];
            random.nextBytes(payload);
            all.add(new Kept(retained.end(), payload));
            retained.append(several ? bytes("channel") : NO_CHANNEL, payload);
        }

        for (int slice = 0; slice < slices; slice++) {
            int mine = slice;
            List<Kept> ours =
                    all.stream().filter(one -> one.position().index() % slices == mine).toList();
            Cursor cursor = retained.cursorAt(slice, START);
            int at = 0;
            while (cursor.peekLength() >= 0) {
                int wanted = 1 + random.nextInt(120);
                int kept = cursor.kept(wanted, 100_000);
                assertThat(kept).isBetween(1, wanted);
                Element element = cursor.take(42, kept);
                assertThat(element.size()).isBetween(1, kept);
                if (element instanceof Pack pack && pack.size() > 1) {
                    assertThat(pack.body().length).isLessThanOrEqualTo(Pack.MAX_BODY_BYTES);
                }
                for (Entry entry : element.entries()) {
                    assertThat(entry.position()).isEqualTo(ours.get(at).position());
                    assertThat(entry.payload()).isEqualTo(ours.get(at++).payload());
                    assertThat(entry.storeMillis()).isEqualTo(42);
                    assertThat(entry.channel()).isEqualTo(several ? "channel" : null);
                }
            }
            assertThat(at).isEqualTo(ours.size());
        }
    }

    @Test
    void whoStandsInWhatWasForgottenReadsNothingThatCameLaterInItsPlace() {
        Retained retained = retained(1L << 30, Overflow.SHED_NEWEST, false);
        fill(retained, 20, 100_000);
        Cursor cursor = retained.cursorAt(0, START);
        assertThat(cursor.hasNext()).isTrue();
        retained.release(0, retained.end(), 0, 0);
        retained.release(0, retained.end(), RETENTION, RETENTION);

        Position next = retained.end();
        fill(retained, 3, 1_000);

        assertThat(cursor.hasNext()).isTrue();
        assertThat(cursor.take(0).position()).isEqualTo(next);
        assertThat(retained.floor()).isEqualTo(next);
    }

    @Test
    void nothingIsForgottenWhileTheStoreDoesNotShowThatItHasIt() {
        Retained retained = retained(1L << 30, Overflow.SHED_NEWEST, false);
        fill(retained, 20, 100_000);
        Position end = retained.end();

        retained.release(0, end, 0, 0);
        retained.release(0, end, RETENTION - 1, 100 * RETENTION);
        assertThat(retained.oldest()).isEqualTo(START);
        retained.release(0, end, RETENTION, 100 * RETENTION);
        assertThat(retained.bytes()).isZero();
    }

    @Test
    void aMessageOfTwoHundredBytesTakesAtMostTwoHundredAndTen() {
        Retained retained = retained(1L << 30, Overflow.SHED_NEWEST, false);
        for (int i = 0; i < 100_000; i++) {
            if (i % 4_000 == 0) {
                retained.open(Position.atMark(3, i / 4_000 + 1));
            }
            retained.append(NO_CHANNEL, new byte[200]);
        }

        assertThat(retained.bytes() / 100_000.0).isLessThanOrEqualTo(210);
    }

    @Test
    void aCursorSeesWhatIsAppendedLaterAndCountsFromTheMarkBeforeIt() {
        Retained retained = retained(1L << 30, Overflow.SHED_NEWEST, false);
        Cursor cursor = retained.cursorAt(0, START);
        for (int i = 0; i < 10_000; i++) {
            assertThat(cursor.hasNext()).isFalse();
            if (i % 3 == 0) {
                retained.open(Position.atMark(3, 2 + i));
            }
            Position position = retained.end();
            retained.append(NO_CHANNEL, bytes("message " + i));
            Entry entry = cursor.take(0);
            assertThat(entry.payload()).isEqualTo(bytes("message " + i));
            assertThat(entry.position()).isEqualTo(position);
            if (i % 100 == 0) {
                retained.release(0, cursor.position(), RETENTION);
            }
        }
    }

    @Test
    void aCursorThatBeginsBeyondTheEndPassesOverWhatComesBeforeItsPlace() {
        Retained retained = retained(1L << 30, Overflow.SHED_NEWEST, false);
        Cursor cursor = retained.cursorAt(0, new Position(3, 2, 1));
        retained.append(NO_CHANNEL, bytes("a"));
        retained.open(Position.atMark(3, 2));
        retained.append(NO_CHANNEL, bytes("b"));
        assertThat(cursor.hasNext()).isFalse();
        retained.append(NO_CHANNEL, bytes("c"));

        assertThat(cursor.take(0).payload()).isEqualTo(bytes("c"));
    }

    @Test
    void releasesWhatHasBeenInTheStoreForLongEnough() {
        Retained retained = retained(1L << 30, Overflow.SHED_NEWEST, false);
        fill(retained, 20, 100_000);
        Position end = retained.end();

        retained.release(0, end, 100_000);
        retained.release(0, end, 100_000 + RETENTION - 1);
        assertThat(retained.oldest()).isEqualTo(START);
        retained.release(0, end, 100_000 + RETENTION);
        assertThat(retained.bytes()).isZero();
        assertThat(retained.floor()).isEqualTo(end);
        assertThat(retained.completeFrom()).isEqualTo(end);
    }

    @Test
    void afterTheStoreLostItsTailWhatItHasIsKeptForAsLongAgain() {
        Retained retained = retained(1L << 30, Overflow.SHED_NEWEST, false);
        fill(retained, 20, 100_000);
        Position end = retained.end();

        retained.release(0, end, 0);
        retained.release(0, START, RETENTION - 1);
        long later = RETENTION + RETENTION / 10;
        retained.release(0, end, later);
        retained.release(0, end, later + RETENTION - 1);
        assertThat(retained.oldest()).isEqualTo(START);
        retained.release(0, end, later + RETENTION);
        assertThat(retained.bytes()).isZero();
    }

    @Test
    void aFirstMarkBeforeWhatIsKeptLeavesNothingThatLooksAsIfItWereBehindIt() {
        Retained retained = retained(1L << 30, Overflow.SHED_NEWEST, false);
        fill(retained, 3, 10);
        retained.open(Position.atMark(3, 9));
        fill(retained, 2, 10);
        retained.restart();

        assertThat(retained.openBehindBreak(Position.atMark(3, 5))).isEqualTo(5);

        assertThat(retained.floor()).isEqualTo(Position.atMark(3, 5));
        assertThat(retained.places(new Position(3, 9, 1))).isFalse();
        assertThat(retained.cursorAt(0, START).hasNext()).isFalse();
    }

    @Test
    void aFirstMarkThatWasHeardBeforeNamesNothingBehindIt() {
        Retained retained = retained(1L << 30, Overflow.SHED_NEWEST, false);
        fill(retained, 3, 10);
        retained.open(Position.atMark(3, 9));
        retained.trust(START);
        retained.restart();

        assertThat(retained.openBehindBreak(Position.atMark(3, 9))).isEqualTo(3);
        assertThat(retained.places(Position.atMark(3, 9))).isFalse();
    }

    @Test
    void whatIsSafeBitByBitIsReleasedBitByBit() {
        Retained retained = retained(1L << 30, Overflow.SHED_NEWEST, false);
        for (int now = 0; now < 10 * RETENTION; now += 10) {
            fill(retained, 1, 100_000);
            retained.release(0, retained.end(), now);
        }

        long aRetention = 100 * 100_000L;
        assertThat(retained.bytes()).isBetween(aRetention, 2 * aRetention);
    }

    @Test
    void aPositionBehindAMarkThatWasNotHeardHasNoPlace() {
        Retained retained = retained(1L << 30, Overflow.SHED_NEWEST, false);
        fill(retained, 20, 100_000);
        retained.open(Position.atMark(3, 4));
        fill(retained, 20, 100_000);

        assertThat(retained.places(new Position(3, 1, 5))).as("perhaps a copy").isFalse();
        retained.trust(START);
        assertThat(retained.places(new Position(3, 1, 5))).isTrue();
        assertThat(retained.places(new Position(3, 2, 5))).isFalse();
        assertThat(retained.places(new Position(3, 4, 500))).isTrue();
        retained.distrust(Position.atMark(3, 4));
        assertThat(retained.places(new Position(3, 4, 0))).isFalse();

        retained.restart();
        retained.open(Position.atMark(5, 1));
        assertThat(retained.places(new Position(5, 0, 7))).as("in the break").isTrue();
        assertThat(retained.places(new Position(3, 1, 5))).as("before it").isTrue();

        retained.release(0, retained.end(), 0);
        retained.release(0, retained.end(), RETENTION);
        assertThat(retained.places(new Position(3, 1, 5))).as("forgotten").isFalse();
    }

    @Test
    void whenFullItFirstGivesUpWhatTheStoreHas() {
        Retained retained = retained(4L * Retained.CHUNK_BYTES, Overflow.SHED_NEWEST, false);
        fill(retained, 8, 100_000);
        retained.release(0, retained.end(), 1);

        fill(retained, 8, 100_000);

        assertThat(retained.shed()).isZero();
        assertThat(retained.floor()).isGreaterThan(START);
    }

    @Test
    void whenFullItGivesUpWhatTheStoreHasThoughItIsNotSafeThere() {
        Retained retained = retained(4L * Retained.CHUNK_BYTES, Overflow.SHED_NEWEST, false);
        fill(retained, 8, 100_000);
        retained.stored(0, retained.end());
        retained.release(0, START, 1);
        retained.release(0, START, 1 + RETENTION);
        assertThat(retained.floor()).as("nothing is safe").isEqualTo(START);
        assertThat(retained.givenUpUnsafe()).isZero();

        fill(retained, 8, 100_000);

        assertThat(retained.shed()).isZero();
        assertThat(retained.givenUpUnsafe()).isPositive();
        assertThat(retained.floor()).isGreaterThan(START);
    }

    @Test
    void shedsTheNewestWhenFullAndKnowsExactlyHowMany() {
        Retained retained = retained(2L * Retained.CHUNK_BYTES, Overflow.SHED_NEWEST, false);
        byte[] payload = new byte[100_000];
        int kept = 0;
        while (retained.append(NO_CHANNEL, payload)) {
            kept++;
        }
        retained.open(Position.atMark(3, 2));
        retained.append(NO_CHANNEL, payload);
        retained.append(NO_CHANNEL, payload);

        assertThat(retained.bytes()).isLessThanOrEqualTo(2L * Retained.CHUNK_BYTES);
        Cursor cursor = retained.cursorAt(0, START);
        for (int i = 0; i < kept; i++) {
            assertThat(cursor.lossNext()).isFalse();
            cursor.take(0);
        }
        assertThat(cursor.peekLength()).isEqualTo(-1);
        Cursor.Loss loss = cursor.takeLoss();
        assertThat(loss.count()).isEqualTo(3);
        assertThat(loss.to()).isEqualTo(retained.end());

        retained.append(NO_CHANNEL, payload);
        assertThat(cursor.takeLoss().count()).as("shed since").isEqualTo(1);

        retained.release(0, cursor.position(), 0);
        retained.release(0, cursor.position(), RETENTION);
        assertThat(retained.bytes()).isZero();
        Position next = retained.end();
        assertThat(retained.append(NO_CHANNEL, payload)).isTrue();
        assertThat(cursor.take(0).position()).isEqualTo(next);
        assertThat(retained.shed()).isEqualTo(4);
    }

    @Test
    void shedsTheOldestThatIsNotOnItsWayWhenThePolicySaysSo() {
        Retained retained = retained(4L * Retained.CHUNK_BYTES, Overflow.SHED_OLDEST, false);
        Cursor cursor = retained.cursorAt(0, START);
        fill(retained, 2, 100_000);
        cursor.take(0);
        cursor.take(0);
        retained.planned(0, cursor.position());

        fill(retained, 10, 100_000);

        assertThat(cursor.lossNext()).isTrue();
        long declared = 0;
        while (cursor.lossNext()) {
            Long count = cursor.takeLoss().count();
            declared += count == null ? 0 : count;
        }
        assertThat(declared).isEqualTo(retained.shed());
        int kept = 0;
        while (cursor.hasNext()) {
            cursor.take(0);
            kept++;
        }
        assertThat(kept + retained.shed()).isEqualTo(10);
        assertThat(kept).isPositive();
        assertThat(retained.bytes()).isLessThanOrEqualTo(4L * Retained.CHUNK_BYTES);
    }

    @ParameterizedTest
    @EnumSource(Overflow.class)
    void givesNothingUpForAMessageThatHasNoRoomAtAll(Overflow overflow) {
        Retained retained = retained(2L * Retained.CHUNK_BYTES, overflow, false);
        fill(retained, 2, 100_000);

        assertThat(retained.append(NO_CHANNEL, new byte[2 * Retained.CHUNK_BYTES])).isFalse();
        assertThat(retained.shed()).isEqualTo(1);
    }

    @Test
    void runsThatAreShedOneAfterTheOtherAreOneLoss() {
        Retained retained = retained(2L * Retained.CHUNK_BYTES, Overflow.SHED_OLDEST, false);
        Cursor cursor = retained.cursorAt(0, START);
        assertThat(cursor.hasNext()).isFalse();
        for (int i = 0; i < 100; i++) {
            retained.append(NO_CHANNEL, new byte[Retained.CHUNK_BYTES / 2]);
            retained.open(Position.atMark(3, i + 2));
            cursor.hasNext();
        }

        long count = Objects.requireNonNull(cursor.takeLoss().count());
        assertThat(count).isEqualTo(retained.shed());
        retained.planned(0, cursor.position());
        assertThat(cursor.lossNext()).isFalse();
        retained.append(NO_CHANNEL, new byte[Retained.CHUNK_BYTES]);
        assertThat(retained.shed()).isGreaterThan(count);
        assertThat(cursor.takeLoss().count()).isEqualTo(retained.shed() - count);
    }

    @Test
    void whatAMarkOfAnOlderTermLeavesWithoutAPlaceIsForgottenAndCounted() {
        Retained retained = retained(1L << 30, Overflow.SHED_NEWEST, false);
        fill(retained, 3, 10);
        retained.release(0, retained.end(), 0);
        retained.restart();

        assertThat(retained.open(Position.atMark(1, 5))).isEqualTo(3);
        retained.append(NO_CHANNEL, bytes("new"));

        Cursor cursor = retained.cursorAt(0, Position.atMark(1, 5));
        assertThat(cursor.take(0).position()).isEqualTo(Position.atMark(1, 5));
        assertThat(cursor.hasNext()).isFalse();
        assertThat(retained.floor()).isEqualTo(Position.atMark(1, 5));
        assertThat(retained.bytes()).isEqualTo(Retained.CHUNK_BYTES);
    }

    @Test
    void startsInTheMiddleOfAShedRun() {
        Retained retained = retained(Retained.CHUNK_BYTES, Overflow.SHED_NEWEST, false);
        fill(retained, 5, Retained.CHUNK_BYTES + 1);

        Cursor cursor = retained.cursorAt(0, START.plus(2));

        assertThat(cursor.takeLoss().count()).isEqualTo(3);
        assertThat(cursor.position()).isEqualTo(retained.end());
    }

    @Test
    void aBreakLiesBetweenTwoSubscriptionsAndNobodyKnowsWhatItHolds() {
        Retained retained = retained(1L << 30, Overflow.SHED_NEWEST, false);
        fill(retained, 3, 10);
        Position end = retained.end();
        retained.restart();
        retained.append(NO_CHANNEL, bytes("before any mark"));
        assertThat(retained.holdsFormer()).isTrue();
        retained.open(Position.atMark(4, 7));
        retained.append(NO_CHANNEL, bytes("x"));

        Cursor cursor = retained.cursorAt(0, START.plus(1));
        cursor.take(0);
        cursor.take(0);
        assertThat(cursor.position()).isEqualTo(end);
        assertThat(cursor.takeLoss())
                .isEqualTo(new Cursor.Loss(Position.atMark(4, 7), null, "nobody listened"));
        assertThat(cursor.take(0).position()).isEqualTo(Position.atMark(4, 7));
        assertThat(retained.completeFrom()).isEqualTo(Position.atMark(4, 7));
        Cursor inTheBreak = retained.cursorAt(0, Position.atMark(4, 2));
        assertThat(inTheBreak.takeLoss().to()).isEqualTo(Position.atMark(4, 7));
    }

    @Test
    void whereAgreementEndedThereIsABreakThoughNothingWasMissed() {
        Retained retained = retained(1L << 30, Overflow.SHED_NEWEST, false);
        fill(retained, 3, 10);
        Position agreed = Position.atMark(4, 1);
        retained.openBehindBreak(agreed);
        retained.append(NO_CHANNEL, bytes("x"));

        Cursor other = retained.cursorAt(0, new Position(4, 0, 17));
        assertThat(other.takeLoss().to()).isEqualTo(agreed);
        assertThat(other.take(0).position()).isEqualTo(agreed);
        assertThat(retained.completeFrom()).isEqualTo(agreed);
    }

    @Test
    void whatWasHeardBeforeAnyMarkFollowsMarkZeroOfALeaderThatIsAlone() {
        Retained retained = new Retained(1L << 30, RETENTION, Overflow.SHED_NEWEST, false, 1);
        retained.restart();
        retained.append(NO_CHANNEL, bytes("forgotten"));
        retained.forgetUnnumbered();
        retained.append(NO_CHANNEL, bytes("a"));
        retained.begin(9);
        retained.append(NO_CHANNEL, bytes("b"));

        Cursor cursor = retained.cursorAt(0, Position.atMark(9, 0));
        assertThat(cursor.take(0).payload()).isEqualTo(bytes("a"));
        Entry second = cursor.take(0);
        assertThat(second.payload()).isEqualTo(bytes("b"));
        assertThat(second.position()).isEqualTo(new Position(9, 0, 1));
    }

    @Test
    void aCursorTakesEveryMessageOfItsSliceAndPassesOverTheOthers() {
        Retained retained = sliced(1L << 30, 3);
        fill(retained, 5, 10);
        retained.open(Position.atMark(3, 2));
        fill(retained, 4, 10);

        Cursor cursor = retained.cursorAt(1, START);
        for (Position expected :
                List.of(START.plus(1), START.plus(4), Position.atMark(3, 2).plus(1))) {
            assertThat(cursor.take(0).position()).isEqualTo(expected);
        }
        assertThat(cursor.hasNext()).isFalse();
        assertThat(cursor.position()).isEqualTo(retained.end());
        fill(retained, 1, 10);
        assertThat(cursor.take(0).position()).isEqualTo(Position.atMark(3, 2).plus(4));
    }

    @Test
    void aCursorOfASliceThatEndsTakesNothingFromThereOnWhateverComes() {
        Retained retained = sliced(1L << 30, 3);
        Position end = Position.atMark(9, 1);
        Cursor cursor = retained.cursorAt(1, START, end);
        fill(retained, 5, 10);
        retained.open(end);
        fill(retained, 5, 10);

        assertThat(cursor.take(0).position()).isEqualTo(START.plus(1));
        assertThat(cursor.take(0).position()).isEqualTo(START.plus(4));
        assertThat(cursor.hasNext()).isFalse();
        assertThat(cursor.peekLength()).isNegative();
        assertThat(cursor.position()).as("not beyond").isEqualTo(end);
        assertThat(retained.cursorAt(1, end).take(0).position()).isEqualTo(end.plus(1));
    }

    @Test
    void aLossThatGoesOnBehindTheEndIsDeclaredUpToThere() {
        Retained retained = sliced(1L << 30, 2);
        Position end = Position.atMark(9, 1);
        retained.trust(START);
        fill(retained, 1, 10);
        retained.restart();
        retained.open(Position.atMark(9, 3));
        fill(retained, 2, 10);
        Cursor cursor = retained.cursorAt(0, START, end);

        assertThat(cursor.take(0).position()).isEqualTo(START);
        assertThat(cursor.takeLoss()).isEqualTo(new Cursor.Loss(end, null, "nobody listened"));
        assertThat(cursor.hasNext()).isFalse();
    }

    @Test
    void whatIsSafeInOneSliceStaysUntilItIsSafeInAll() {
        Retained retained = sliced(1L << 30, 2);
        fill(retained, 8, 100_000);

        retained.release(0, retained.end(), 0);
        retained.release(0, retained.end(), RETENTION);
        assertThat(retained.floor()).isEqualTo(START);
        retained.release(1, START.plus(5), RETENTION);
        retained.release(1, START.plus(5), 2 * RETENTION);
        retained.release(1, START.plus(5), 3 * RETENTION);
        assertThat(retained.floor()).isEqualTo(START.plus(4));
    }

    @Test
    void eachSliceDeclaresJustItsOwnShareOfWhatWasShed() {
        Retained retained = sliced(Retained.CHUNK_BYTES, 3);
        List<Cursor> cursors =
                List.of(
                        retained.cursorAt(0, START),
                        retained.cursorAt(1, START),
                        retained.cursorAt(2, START));
        fill(retained, 5, Retained.CHUNK_BYTES + 1);

        assertThat(cursors.stream().map(cursor -> cursor.takeLoss().count()))
                .containsExactly(2L, 2L, 1L);
        assertThat(cursors).noneMatch(Cursor::hasNext);
        fill(retained, 1, Retained.CHUNK_BYTES + 1);
        assertThat(cursors.get(0).lossNext()).isFalse();
        assertThat(cursors.get(0).position()).isEqualTo(retained.end());
        assertThat(cursors.get(2).takeLoss().count()).isEqualTo(1);
        assertThat(retained.cursorAt(1, START.plus(2)).takeLoss().count()).isEqualTo(1);
    }

    @Test
    void whatWasHeardBeforeAgreementWasKnownIsAsGoodAsNotHeard() {
        Retained retained = sliced(1L << 30, 2);
        retained.trust(START);
        fill(retained, 2, 10);
        retained.restart();
        retained.open(Position.atMark(4, 1));
        fill(retained, 3, 10);
        retained.open(Position.atMark(4, 2));
        retained.open(Position.atMark(4, 3));
        fill(retained, 4, 10);
        retained.trust(Position.atMark(4, 2));

        Cursor cursor = retained.cursorAt(1, START);
        assertThat(cursor.take(0).position()).isEqualTo(START.plus(1));
        assertThat(cursor.takeLoss().to()).isEqualTo(Position.atMark(4, 2));
        assertThat(cursor.take(0).position()).isEqualTo(Position.atMark(4, 3).plus(1));
        assertThat(cursor.take(0).position()).isEqualTo(Position.atMark(4, 3).plus(3));
        assertThat(cursor.hasNext()).isFalse();
    }

    private static Retained sliced(long maxBytes, int slices) {
        Retained retained = new Retained(maxBytes, RETENTION, Overflow.SHED_NEWEST, false, slices);
        retained.open(START);
        return retained;
    }

    private static Retained retained(long maxBytes, Overflow overflow, boolean several) {
        Retained retained = new Retained(maxBytes, RETENTION, overflow, several, 1);
        retained.open(START);
        return retained;
    }

    private static void fill(Retained retained, int messages, int size) {
        for (int i = 0; i < messages; i++) {
            retained.append(NO_CHANNEL, new byte[size]);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
