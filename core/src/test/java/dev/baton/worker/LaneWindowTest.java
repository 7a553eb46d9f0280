package dev.baton.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.Position;
import dev.baton.slice.Entry;
import dev.baton.slice.Finish;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LaneWindowTest {

    private static final Finish DROP = new Finish.Emit(List.of());

    private final LaneWindow window = new LaneWindow(7);

    @Test
    void commitsOnlyWhatIsFinishedWithoutABreak() {
        window.add(entries(3), 0);
        long first = window.take();
        long second = window.take();
        long third = window.take();
        window.finish(first, DROP);
        window.finish(third, DROP);

        assertThat(window.finishedPrefix(10)).isEqualTo(1);
        window.finish(second, DROP);
        assertThat(window.finishedPrefix(10)).isEqualTo(3);
        assertThat(window.finishedPrefix(2)).isEqualTo(2);
    }

    @Test
    void goesRoundWithoutMixingOldAndNew() {
        long expected = 7;
        for (int round = 0; round < 5; round++) {
            window.add(entries(LaneWindow.SIZE), 0);
            assertThat(window.room()).isZero();
            for (int i = 0; i < LaneWindow.SIZE; i++) {
                assertThat(window.take()).isEqualTo(expected);
                assertThat(window.finishedPrefix(LaneWindow.SIZE)).isEqualTo(i);
                window.finish(expected++, DROP);
            }
            assertThat(window.take()).isEqualTo(-1);
            window.commit(LaneWindow.SIZE);
            assertThat(window.isEmpty()).isTrue();
        }
    }

    @Test
    void handsNothingOutOnceItIsClosed() {
        window.add(entries(1), 0);
        window.close();

        assertThat(window.take()).isEqualTo(-1);
    }

    @Test
    void oneCommitCarriesTheFirstOutcomeAlwaysAndOthersWithinItsBounds() {
        Finish large =
                new Finish.Emit(List.of(new Finish.StreamEntry(null, List.of(new byte[60]))));
        window.add(entries(3), 0);
        for (int i = 0; i < 3; i++) {
            window.finish(window.take(), large);
        }

        assertThat(window.finishes(3, 1, 9)).as("a single large one").hasSize(1);
        assertThat(window.finishes(3, 120, 9)).as("bytes").hasSize(2);
        assertThat(window.finishes(3, 1_000, 2)).as("stream entries").hasSize(2);
        assertThat(window.finishes(2, 1_000, 9)).as("entries").hasSize(2);
        assertThat(window.finishes(3, 1_000, 9)).hasSize(3);
    }

    @Test
    void knowsHowManyBytesItHolds() {
        window.add(entries(3), 0);
        assertThat(window.heldBytes()).isEqualTo(3 * Entry.HEADER_BYTES);
        assertThat(window.heldBytesBehind(2)).isEqualTo(Entry.HEADER_BYTES);

        window.commit(2);
        assertThat(window.heldBytes()).isEqualTo(Entry.HEADER_BYTES);
    }

    private static List<Entry> entries(int count) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add(Entry.of(new Position(1, 0, i), 0, new byte[0], new byte[0], 0, 0));
        }
        return entries;
    }
}
