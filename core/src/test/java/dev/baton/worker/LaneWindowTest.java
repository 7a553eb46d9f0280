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
        window.add(entries(3));
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
            window.add(entries(LaneWindow.SIZE));
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
        window.add(entries(1));
        window.close();

        assertThat(window.take()).isEqualTo(-1);
    }

    private static List<Entry> entries(int count) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add(Entry.of(new Position(1, 0, i), 0, new byte[0], new byte[0], 0, 0));
        }
        return entries;
    }
}
