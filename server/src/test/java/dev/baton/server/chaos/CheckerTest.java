package dev.baton.server.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.Position;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class CheckerTest {

    @Test
    void everythingThatCameOutOnceIsClean() {
        Verdict verdict = check(heard(10), committed(0, 10), List.of());

        assertThat(verdict.clean()).isTrue();
        assertThat(verdict.committed()).isEqualTo(10);
        assertThat(verdict.evidence()).isEmpty();
    }

    @Test
    void aMissingMessageThatNobodyDeclaredIsUndeclared() {
        Verdict verdict = check(heard(10), without(committed(0, 10), 4), List.of());

        assertThat(verdict.undeclared()).isEqualTo(1);
        assertThat(verdict.declared()).isZero();
        assertThat(verdict.clean()).isFalse();
        assertThat(verdict.evidence()).singleElement().asString().contains("ids 4 to 4");
    }

    @Test
    void theFirstAndTheLastMessagesAreMissedToo() {
        Verdict verdict = check(heard(10), without(committed(0, 10), 0, 9), List.of());

        assertThat(verdict.undeclared()).isEqualTo(2);
    }

    @Test
    void aGapElsewhereDeclaresNothing() {
        Verdict verdict =
                check(heard(10), without(committed(0, 10), 4), List.of(gap(at(1, 6), at(1, 7))));

        assertThat(verdict.undeclared()).isEqualTo(1);
    }

    @Test
    void aGapBetweenTheNeighboursDeclaresARun() {
        List<Found> found = committed(0, 4);
        found.addAll(committed(2, 8, 10, 0));

        Verdict verdict = check(heard(10), found, List.of(gap(at(1, 4), Position.atMark(2, 0))));

        assertThat(verdict.undeclared()).isZero();
        assertThat(verdict.declared()).isEqualTo(4);
        assertThat(verdict.clean()).isTrue();
    }

    @Test
    void messagesBetweenANeighbourAndTheGapAreUndeclared() {
        List<Found> found = committed(0, 4);
        found.addAll(committed(2, 8, 10, 3));

        Verdict verdict = check(heard(10), found, List.of(gap(at(1, 5), at(2, 1))));

        // 1.0.4 before the gap, 2.0.1 and 2.0.2 behind it.
        assertThat(verdict.undeclared()).isEqualTo(3);
        assertThat(verdict.declared()).isEqualTo(1);
    }

    @Test
    void aCountMustBeExact() {
        List<Found> found = without(committed(0, 10), 4, 5);

        assertThat(counted(found, 2).clean()).isTrue();
        Verdict tooFew = counted(found, 1);
        assertThat(tooFew.undeclared()).isEqualTo(1);
        assertThat(tooFew.declared()).isEqualTo(1);
        Verdict tooMany = counted(found, 3);
        assertThat(tooMany.wrongCounts()).isEqualTo(1);
        assertThat(tooMany.clean()).isFalse();
    }

    private static Verdict counted(List<Found> found, long count) {
        return check(heard(10), found, List.of(gap(at(1, 4), at(1, 6), count)));
    }

    @Test
    void aCountedGapWhereNothingIsMissingIsWrong() {
        Verdict verdict = check(heard(10), committed(0, 10), List.of(gap(at(1, 4), at(1, 6), 2L)));

        assertThat(verdict.wrongCounts()).isEqualTo(1);
    }

    @Test
    void whatWasNotConfirmedMayBeMissingOrPresent() {
        Answers answers = heard(10);
        answers.heard().clear(4, 6);

        assertThat(check(answers, committed(0, 10), List.of()).clean()).isTrue();
        Verdict missing = check(answers, without(committed(0, 10), 4, 5), List.of());
        assertThat(missing.clean()).isTrue();
        assertThat(missing.uncertain()).isEqualTo(2);
    }

    @Test
    void aMessageWithoutAnySubscriberNeedsAGapToo() {
        Answers answers = heard(10);
        answers.heard().clear(4, 6);
        answers.unheard().set(4, 6);
        List<Found> found = committed(0, 4);
        found.addAll(committed(2, 6, 10, 0));

        Verdict silent = check(answers, found, List.of());
        assertThat(silent.unnoticed()).isEqualTo(2);
        assertThat(silent.clean()).isFalse();
        assertThat(check(answers, found, List.of(gap(at(1, 4), Position.atMark(2, 0)))).clean())
                .isTrue();
    }

    @Test
    void anUnconfirmedMessageInACountedGapMayBeInItsCount() {
        Answers answers = heard(10);
        answers.heard().clear(4);
        List<Found> found = without(committed(0, 10), 4, 5);

        for (long count = 1; count <= 2; count++) {
            assertThat(check(answers, found, List.of(gap(at(1, 4), at(1, 6), count))).clean())
                    .isTrue();
        }
    }

    @Test
    void anIdThatCameOutAgainIsTwice() {
        List<Found> found = committed(0, 10);
        found.add(new Found(9, at(1, 10), Found.Place.DEAD));

        Verdict verdict = check(heard(10), found, List.of());

        assertThat(verdict.twiceById()).isEqualTo(1);
        assertThat(verdict.twiceByPosition()).isZero();
        assertThat(verdict.clean()).isFalse();
    }

    @Test
    void aPositionThatOccursAgainIsTwiceAlsoForAStranger() {
        List<Found> found = committed(0, 10);
        found.add(new Found(-1, at(1, 3), Found.Place.HELD));

        Verdict verdict = check(heard(10), found, List.of());

        assertThat(verdict.twiceByPosition()).isEqualTo(1);
        assertThat(verdict.clean()).isFalse();
    }

    @Test
    void positionsInAnotherOrderThanTheIdsAreFound() {
        List<Found> found = without(committed(0, 10), 4, 5);
        found.add(new Found(4, at(1, 5), Found.Place.COMMITTED));
        found.add(new Found(5, at(1, 4), Found.Place.COMMITTED));

        assertThat(check(heard(10), found, List.of()).outOfOrder()).isEqualTo(1);
    }

    @Test
    void anUnfitMessageBelongsAmongTheDead() {
        Answers answers = heard(10);
        answers.unfit().set(4);
        List<Found> buried = without(committed(0, 10), 4);
        buried.add(new Found(4, at(1, 4), Found.Place.DEAD));

        assertThat(check(answers, buried, List.of()).clean()).isTrue();
        assertThat(check(answers, committed(0, 10), List.of()).wronglyCommitted()).isEqualTo(1);
    }

    @Test
    void aMessageInALaneIsNotLost() {
        List<Found> found = without(committed(0, 10), 4);
        found.add(new Found(4, at(1, 4), Found.Place.HELD));

        Verdict verdict = check(heard(10), found, List.of());

        assertThat(verdict.clean()).isTrue();
        assertThat(verdict.held()).isEqualTo(1);
    }

    @RepeatedTest(200)
    void aRandomLossIsFoundToTheLastMessage(RepetitionInfo repetition) {
        SplittableRandom dice = new SplittableRandom(repetition.getCurrentRepetition());
        int published = 1 + dice.nextInt(200);
        int lost = 1 + dice.nextInt(published);
        BitSet gone = new BitSet();
        while (gone.cardinality() < lost) {
            gone.set(dice.nextInt(published));
        }
        BitSet declared = new BitSet();
        List<Gap> gaps = new ArrayList<>();
        for (int i = gone.nextSetBit(0); i >= 0; i = gone.nextSetBit(i + 1)) {
            if (dice.nextBoolean()) {
                declared.set(i);
                gaps.add(gap(at(1, i), at(1, i + 1), 1L));
            }
        }

        Verdict verdict =
                check(
                        heard(published),
                        without(committed(0, published), gone.stream().toArray()),
                        gaps);

        assertThat(verdict.undeclared()).isEqualTo(lost - declared.cardinality());
        assertThat(verdict.declared()).isEqualTo(declared.cardinality());
        assertThat(verdict.wrongCounts()).isZero();
    }

    @Test
    void eachSliceDeclaresItsOwnMessagesOnly() {
        List<Found> found = without(committed(0, 12), 4, 5, 6, 7);
        Gap even = new Gap(0, at(1, 4), at(1, 8), null, 0, "test");
        Gap odd = new Gap(1, at(1, 4), at(1, 8), null, 0, "test");

        assertThat(Checker.check(heard(12), found, List.of(even, odd), 2).declared()).isEqualTo(4);
        Verdict half = Checker.check(heard(12), found, List.of(even), 2);
        assertThat(half.declared()).isEqualTo(2);
        assertThat(half.undeclared()).isEqualTo(2);
        assertThat(half.evidence()).first().asString().contains("undeclared beside a gap");
    }

    @Test
    void aGapOfASliceThatBeginsTooLateLeavesItsOwnMessagesUndeclared() {
        List<Found> found = without(committed(0, 12), 4, 5, 6, 7);
        Gap even = new Gap(0, at(1, 6), at(1, 8), null, 0, "test");
        Gap odd = new Gap(1, at(1, 5), at(1, 8), null, 0, "test");

        assertThat(Checker.check(heard(12), found, List.of(even, odd), 2).undeclared())
                .isEqualTo(1);
    }

    private static Verdict check(Answers answers, List<Found> found, List<Gap> gaps) {
        return Checker.check(answers, found, gaps, 1);
    }

    private static Answers heard(int published) {
        BitSet heard = new BitSet();
        heard.set(0, published);
        return new Answers(published, heard, new BitSet(), new BitSet());
    }

    /// Messages of term 1, each at the index that is its number.
    private static List<Found> committed(int from, int to) {
        return committed(1, from, to, from);
    }

    private static List<Found> committed(int term, int from, int to, int firstIndex) {
        List<Found> found = new ArrayList<>();
        for (int ordinal = from; ordinal < to; ordinal++) {
            found.add(
                    new Found(
                            ordinal, at(term, firstIndex + ordinal - from), Found.Place.COMMITTED));
        }
        return found;
    }

    private static List<Found> without(List<Found> found, int... ordinals) {
        for (int ordinal : ordinals) {
            found.removeIf(one -> one.ordinal() == ordinal);
        }
        return found;
    }

    private static Position at(int term, int index) {
        return new Position(term, 0, index);
    }

    private static Gap gap(Position from, Position to) {
        return gap(from, to, null);
    }

    private static Gap gap(Position from, Position to, @Nullable Long count) {
        return new Gap(0, from, to, count, 0, "test");
    }
}
