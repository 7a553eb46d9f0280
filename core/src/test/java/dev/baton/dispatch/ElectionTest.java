package dev.baton.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.Position;
import dev.baton.slice.Lead;
import org.junit.jupiter.api.Test;

class ElectionTest {

    private static final long LEASE = 2_000;
    private static final long GRACE = 1_500;
    private static final Position WATERMARK = Position.atMark(1, 5);
    private static final boolean COVERED = true;
    private static final boolean UNCOVERED = false;

    private final Election election = new Election(LEASE, GRACE);

    @Test
    void claimsAtOnceWhatNobodyEverOwned() {
        election.observe(Lead.NONE, 5);

        assertThat(election.claimable(COVERED, 5)).isEqualTo(Lead.NONE);
    }

    @Test
    void claimsAtOnceWhatWasResignedIfItCoversTheWatermark() {
        election.observe(lead(7, "", 3), 5);

        assertThat(election.claimable(COVERED, 5)).isNotNull();
    }

    @Test
    void waitsAGraceForOneInSyncIfItDoesNotCoverTheWatermark() {
        election.observe(lead(7, "", 3), 5);
        election.observe(lead(7, "", 3), 1_000);
        assertThat(election.claimable(UNCOVERED, 5 + GRACE - 1)).isNull();
        assertThat(election.claimable(UNCOVERED, 5 + GRACE)).isNotNull();

        election.observe(lead(8, "a", 1), 10_000);
        election.observe(lead(8, "a", 1), 11_500);
        election.observe(lead(8, "a", 1), 13_000);
        assertThat(election.claimable(UNCOVERED, 10_000 + LEASE + GRACE - 1)).isNull();
        assertThat(election.claimable(UNCOVERED, 10_000 + LEASE + GRACE)).isNotNull();
    }

    @Test
    void claimsAfterAWholeLeaseWithoutABeat() {
        election.observe(lead(7, "a", 3), 100);
        election.observe(lead(7, "a", 3), 1_500);

        assertThat(election.claimable(COVERED, 100 + LEASE - 1)).isNull();
        assertThat(election.claimable(COVERED, 100 + LEASE)).isEqualTo(lead(7, "a", 3));
        assertThat(election.claimableInNanos(COVERED, 1_600)).isEqualTo(LEASE - 1_500);
    }

    @Test
    void timeInWhichTheStoreDidNotAnswerIsHeldAgainstNobody() {
        election.observe(lead(7, "a", 3), 0);
        assertThat(election.claimable(COVERED, LEASE)).as("not looked for long").isNull();
        election.observe(lead(7, "a", 3), 10_000);
        assertThat(election.claimable(COVERED, 10_000)).isNull();
        assertThat(election.movedNanos()).isZero();
        election.observe(lead(7, "a", 3), 11_500);
        assertThat(election.claimable(COVERED, 10_000 + LEASE)).isNotNull();
    }

    @Test
    void startsTheLeaseAnewWhenAnythingMoves() {
        election.observe(lead(7, "a", 3), 0);
        election.observe(lead(7, "a", 4), 1_500);
        assertThat(election.claimable(COVERED, LEASE)).isNull();
        election.observe(lead(8, "a", 4), 3_000);
        assertThat(election.claimable(COVERED, 3_600)).isNull();
        election.observe(lead(8, "b", 4), 4_500);
        assertThat(election.claimable(COVERED, 5_100)).isNull();
    }

    @Test
    void saysWhetherAnythingChangedSinceTheLastLook() {
        assertThat(election.observe(lead(7, "a", 3), 0)).isTrue();
        assertThat(election.observe(lead(7, "a", 3), 1)).isFalse();
        assertThat(election.observe(new Lead(7, "a", 3, Position.atMark(1, 6), "g", 1, null), 2))
                .isTrue();
    }

    @Test
    void remembersTheHighestEpochWhateverTheStoreForgot() {
        election.observe(lead(9, "a", 1), 0);
        election.forget();
        election.observe(Lead.NONE, 10);
        assertThat(election.highestEpoch()).isEqualTo(9);

        election.heardOf(12);
        election.heardOf(11);
        assertThat(election.highestEpoch()).isEqualTo(12);
    }

    @Test
    void worksAcrossTheWrapOfTheClock() {
        election.observe(lead(7, "a", 3), Long.MAX_VALUE - 10);
        election.observe(lead(7, "a", 3), Long.MIN_VALUE + 1_500);

        assertThat(election.claimable(COVERED, Long.MIN_VALUE + 10)).isNull();
        assertThat(election.claimable(COVERED, Long.MIN_VALUE + LEASE)).isNotNull();
    }

    private static Lead lead(long epoch, String owner, long beat) {
        return new Lead(epoch, owner, beat, WATERMARK, "g", 1, null);
    }
}
