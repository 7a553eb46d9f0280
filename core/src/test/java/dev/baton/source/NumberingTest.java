package dev.baton.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.Position;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NumberingTest {

    private static final long PIPELINE = 11;
    private static final long NODE = 22;
    private static final byte[] NO_CHANNEL = {};

    private final Numbering leader = new Numbering(PIPELINE, NODE);
    private final Numbering standby = new Numbering(PIPELINE, NODE);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void twoThatHearTheSameNumberAlikeHoweverLateOneOfThemCame(long seed) {
        Random random = new Random(seed);
        leader.begin(1);
        int joins = random.nextInt(200);
        for (int i = 0; i < 1_000; i++) {
            if (random.nextInt(10) == 0) {
                Control.Mark mark = leader.nextMark(1, i);
                leader.hear(mark);
                if (i >= joins) {
                    standby.hear(mark);
                }
            } else {
                byte[] payload = new byte[random.nextInt(100)];
                random.nextBytes(payload);
                leader.count(NO_CHANNEL, payload);
                if (i >= joins) {
                    standby.count(NO_CHANNEL, payload);
                }
            }
        }

        assertThat(standby.next()).isEqualTo(leader.next());
        assertThat(standby.coveredFrom()).isNotNull();
    }

    @Test
    void isInSyncAfterAWholeSegmentThatItReproduces() {
        leader.begin(1);
        mark(1);
        publish("a");
        assertThat(standby.coveredFrom()).isNull();
        mark(1);
        assertThat(standby.coveredFrom()).isNull();
        assertThat(standby.countedFrom()).isEqualTo(Position.atMark(1, 1));
        mark(1);
        assertThat(standby.coveredFrom()).isEqualTo(Position.atMark(1, 1));
    }

    @Test
    void noticesThatItHeardOneMessageLess() {
        leader.begin(1);
        mark(1);
        leader.count(NO_CHANNEL, bytes("only the leader heard this"));
        mark(1);

        assertThat(markAt(standby, 1)).isInstanceOf(Numbering.Verdict.Disagrees.class);
        assertThat(standby.coveredFrom()).isNull();
        assertThat(standby.countedFrom()).isEqualTo(Position.atMark(1, 3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"other", "same length", "order", "channel"})
    void noticesThatItHeardSomethingElseThoughAsMany(String what) {
        leader.begin(1);
        mark(1);
        byte[] one = bytes("one message");
        byte[] two = bytes("two message");
        leader.count(bytes("c"), one);
        leader.count(bytes("c"), two);
        standby.count(bytes(what.equals("channel") ? "d" : "c"), what.equals("order") ? two : one);
        standby.count(
                bytes("c"),
                switch (what) {
                    case "other" -> bytes("something else");
                    case "same length" -> bytes("two messagf");
                    case "order" -> one;
                    default -> two;
                });
        mark(1);

        assertThat(markAt(standby, 1)).isInstanceOf(Numbering.Verdict.Disagrees.class);
    }

    @Test
    void staysInSyncWhenAnotherThatIsInSyncLeads() {
        leader.begin(1);
        inSync();
        Position from = standby.coveredFrom();
        Numbering third = new Numbering(PIPELINE, NODE);
        publish("x");

        Control.Mark first = standby.nextMark(2, 99);
        assertThat(first.opens()).isEqualTo(Position.atMark(2, 1));
        leader.hear(first);
        standby.hear(first);
        third.hear(first);

        assertThat(leader.coveredFrom()).isEqualTo(Position.atMark(1, 0));
        assertThat(standby.coveredFrom()).isEqualTo(from);
        assertThat(leader.next()).isEqualTo(Position.atMark(2, 1)).isEqualTo(standby.next());
    }

    @Test
    void isNoLongerInSyncWhenSomebodyLeadsWhoHadNobodyToAgreeWith() {
        leader.begin(1);
        inSync();
        Numbering alone = new Numbering(PIPELINE, NODE);
        alone.count(NO_CHANNEL, bytes("numbered otherwise by the two"));
        standby.count(NO_CHANNEL, bytes("numbered otherwise by the two"));
        alone.begin(2);

        Control.Mark first = alone.nextMark(2, 1);
        assertThat(alone.hear(first)).isEqualTo(new Numbering.Verdict.Opened());
        assertThat(standby.hear(first)).isEqualTo(new Numbering.Verdict.StartedOver());
        assertThat(standby.coveredFrom()).isNull();
        for (int i = 0; i < 2; i++) {
            Control.Mark next = alone.nextMark(2, 1);
            alone.hear(next);
            standby.hear(next);
        }
        assertThat(standby.coveredFrom()).isEqualTo(Position.atMark(2, 1));
    }

    @Test
    void aLeaderThatWasNotInSyncGoesOnCountingAcrossItsOwnFirstMark() {
        leader.begin(1);
        mark(1);
        publish("counted but never checked");

        assertThat(standby.hear(standby.nextMark(2, 5))).isEqualTo(new Numbering.Verdict.Opened());
        assertThat(standby.countedFrom()).isEqualTo(Position.atMark(1, 1));
    }

    @Test
    void ignoresCopiesLateOnesThoseOfOthersAndThoseThatAreFarAhead() {
        leader.begin(1);
        inSync();
        Position before = standby.next();
        Control.Mark next = leader.nextMark(1, 7);

        for (Control.Mark bad :
                List.of(
                        mark(PIPELINE, NODE, 1, 1),
                        mark(PIPELINE, NODE, 1, 3),
                        mark(PIPELINE, NODE, 0, 900),
                        mark(PIPELINE + 256, NODE, 1, 10),
                        mark(PIPELINE, NODE + 1, 1, 10),
                        mark(PIPELINE, NODE, -1, 1),
                        mark(PIPELINE, NODE, 1, -1))) {
            assertThat(standby.hear(bad)).isInstanceOf(Numbering.Verdict.Ignored.class);
            assertThat(standby.next()).isEqualTo(before);
        }
        assertThat(standby.hear(next)).isEqualTo(new Numbering.Verdict.Opened());
        assertThat(standby.hear(next)).isInstanceOf(Numbering.Verdict.Ignored.class);
        assertThat(standby.coveredFrom()).isNotNull();
    }

    @Test
    void takesNoAccountOfAnEmptySegmentThatAnotherMarkOfItsNameOpened() {
        Control.Mark late = new Control.Mark(PIPELINE, 2, NODE, 1, 1, null);
        standby.hear(late);
        Segment theirs = new Segment(1, 1, 0, 1);

        assertThat(standby.hear(mark(PIPELINE, NODE, 1, 2, theirs)))
                .isInstanceOf(Numbering.Verdict.Disagrees.class);
        assertThat(standby.coveredFrom()).isNull();
    }

    @Test
    void neverSendsAMarkTwiceAndAlwaysOneThatIsGreaterThanAllItHeard() {
        leader.begin(5);
        assertThat(leader.nextMark(5, 1).opens()).isEqualTo(Position.atMark(5, 1));
        assertThat(leader.nextMark(5, 1).opens()).isEqualTo(Position.atMark(5, 2));
        leader.hear(mark(PIPELINE, NODE, 5, 40));
        assertThat(leader.nextMark(5, 1).opens()).isEqualTo(Position.atMark(5, 41));
        leader.hear(mark(PIPELINE, NODE, 9, 3));
        assertThat(leader.nextMark(5, 1).opens()).isEqualTo(Position.atMark(9, 4));
        assertThat(leader.nextMark(10, 1).opens()).isEqualTo(Position.atMark(10, 1));
    }

    @Test
    void staysInSyncWhileALeaderSpeaksOfASegmentThatIsForgottenByNow() {
        leader.begin(1);
        inSync();
        Position from = standby.coveredFrom();
        for (int i = 0; i < 3 * Numbering.MAX_SEGMENTS; i++) {
            standby.hear(leader.nextMark(1, i));
        }

        assertThat(standby.coveredFrom()).isEqualTo(from);
    }

    @Test
    void noticesThatASegmentIsSpokenOfWhichItOughtToKnow() {
        leader.begin(1);
        inSync();
        leader.hear(leader.nextMark(1, 1));
        publish("a");
        mark(1);

        assertThat(standby.coveredFrom()).isNull();
    }

    @Test
    void beginsATermOnlyBeforeAnyMark() {
        leader.hear(mark(PIPELINE, NODE, 1, 1));

        assertThatThrownBy(() -> leader.begin(2)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theFingerprintTellsSettingsApartThatWouldNumberOtherwise() {
        Listening one = new Listening.Channels(List.of("a", "b"));
        long fingerprint = Numbering.fingerprint(one, "s", 1);

        assertThat(Numbering.fingerprint(new Listening.Channels(List.of("b", "a")), "s", 1))
                .isEqualTo(fingerprint);
        assertThat(
                        List.of(
                                Numbering.fingerprint(new Listening.Channels(List.of("a")), "s", 1),
                                Numbering.fingerprint(new Listening.Pattern("a"), "s", 1),
                                Numbering.fingerprint(one, "t", 1),
                                Numbering.fingerprint(one, "s", 2)))
                .doesNotContain(fingerprint)
                .doesNotHaveDuplicates();
    }

    @Test
    void marksOfDispatchersWithAnotherNumberOfSlicesCountForTheyNumberAlike() {
        Listening one = new Listening.Channels(List.of("a"));
        long ours = Numbering.fingerprint(one, "s", 1);
        long theirs = Numbering.fingerprint(one, "s", 64);
        Numbering numbering = new Numbering(ours, NODE);

        assertThat(Numbering.numberAlike(ours, Numbering.fingerprint(one, "t", 1))).isFalse();
        assertThat(numbering.hear(mark(Numbering.fingerprint(one, "t", 1), NODE, 1, 1)))
                .isInstanceOf(Numbering.Verdict.Ignored.class);
        numbering.hear(mark(theirs, NODE, 1, 1));
        assertThat(numbering.next()).isEqualTo(Position.atMark(1, 1));
    }

    @Test
    void theMarkAtWhichASlicingEndsIsSentUntilItIsHeardAndCountsOnce() {
        Position end = Position.atMark(100, 1);
        leader.hear(mark(PIPELINE, NODE, 1, 1));
        Control.Mark first = leader.lastMark(end, 1);
        Control.Mark second = leader.lastMark(end, 2);

        assertThat(List.of(first.opens(), second.opens())).containsOnly(end);
        leader.hear(first);
        leader.count(new byte[0], new byte[0]);
        assertThat(leader.hear(second))
                .isEqualTo(new Numbering.Verdict.Ignored(Numbering.Reason.NOT_GREATER));
        assertThat(leader.next()).isEqualTo(end.plus(1));
        assertThat(leader.nextMark(1, 3).opens()).isEqualTo(Position.atMark(100, 2));
    }

    private void inSync() {
        mark(1);
        publish("a");
        mark(1);
        mark(1);
        assertThat(standby.coveredFrom()).isNotNull();
    }

    private void mark(int epoch) {
        markAt(standby, epoch);
    }

    private Numbering.Verdict markAt(Numbering other, int epoch) {
        Control.Mark mark = leader.nextMark(epoch, 1);
        leader.hear(mark);
        return other.hear(mark);
    }

    private void publish(String text) {
        leader.count(NO_CHANNEL, bytes(text));
        standby.count(NO_CHANNEL, bytes(text));
    }

    private static Control.Mark mark(long pipeline, long node, int term, int mark) {
        return mark(pipeline, node, term, mark, null);
    }

    private static Control.Mark mark(
            long pipeline, long node, int term, int mark, @Nullable Segment closed) {
        return new Control.Mark(pipeline, 1, node, term, mark, closed);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
