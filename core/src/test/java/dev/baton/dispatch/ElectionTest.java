package dev.baton.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.Position;
import dev.baton.slice.Lead;
import org.junit.jupiter.api.Test;

class ElectionTest {

    private static final long LEASE = 2_000;
    private static final Position WATERMARK = Position.atMark(1, 0);

    private final Election election = new Election(LEASE);

    @Test
    void claimsAtOnceWhatNobodyOwns() {
        election.observe(Lead.NONE, 5);

        assertThat(election.claimable(5)).isEqualTo(Lead.NONE);
    }

    @Test
    void claimsAfterAWholeLeaseWithoutABeat() {
        election.observe(lead(7, "a", 3), 100);
        election.observe(lead(7, "a", 3), 1_000);

        assertThat(election.claimable(100 + LEASE - 1)).isNull();
        assertThat(election.claimable(100 + LEASE)).isEqualTo(lead(7, "a", 3));
        assertThat(election.claimableInNanos(1_100)).isEqualTo(LEASE - 1_000);
    }

    @Test
    void startsTheLeaseAnewWhenAnythingMoves() {
        election.observe(lead(7, "a", 3), 0);
        election.observe(lead(7, "a", 4), 1_500);
        assertThat(election.claimable(LEASE)).isNull();
        election.observe(lead(8, "a", 4), 3_000);
        assertThat(election.claimable(3_600)).isNull();
        election.observe(lead(8, "b", 4), 4_500);
        assertThat(election.claimable(5_100)).isNull();
    }

    @Test
    void remembersTheHighestEpochWhateverTheStoreForgot() {
        election.observe(lead(9, "a", 1), 0);
        election.forget();
        election.observe(Lead.NONE, 10);

        assertThat(election.highestEpoch()).isEqualTo(9);
    }

    @Test
    void worksAcrossTheWrapOfTheClock() {
        election.observe(lead(7, "a", 3), Long.MAX_VALUE - 10);

        assertThat(election.claimable(Long.MIN_VALUE + 10)).isNull();
        assertThat(election.claimable(Long.MIN_VALUE + LEASE)).isNotNull();
    }

    private static Lead lead(long epoch, String owner, long beat) {
        return new Lead(epoch, owner, beat, WATERMARK);
    }
}
