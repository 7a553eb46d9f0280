package dev.baton.server.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.slice.Books;
import dev.baton.slice.WorkerBooks;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SharesTest {

    private final Shares shares = new Shares();

    @Test
    void theLongestLaneAndTheLastCountStayWhateverComesLater() {
        shares.look(books(worker("w1", 10, 500), worker("w2", 40, 3)));
        shares.look(books(worker("w1", 90, 20), worker("w2", 80, 7)));

        assertThat(shares.all())
                .containsExactly(
                        new ChaosResult.Share("w1", 90, 500), new ChaosResult.Share("w2", 80, 7));
    }

    @Test
    void oneLongLaneIsExplainedAndASecondIsNot() {
        shares.look(books(1, worker("w1", 0, 500)));
        assertThat(shares.growthButOne(0, 10)).isZero();

        shares.look(books(2, worker("w1", 0, 700), worker("w2", 0, 3), worker("w3", 0, 900)));
        shares.look(books(3, worker("w1", 0, 400), worker("w2", 0, 9), worker("w3", 0, 950)));

        assertThat(shares.growthButOne(0, 10)).isEqualTo(50);
        assertThat(shares.growthButOne(2, 10)).isEqualTo(6);
        assertThat(shares.growthButOne(2, 3)).isZero();
    }

    @Test
    void aLaneThatWasLongAndIsLongAgainGrew() {
        shares.look(books(1, worker("w1", 0, 0), worker("w2", 0, 900)));
        shares.look(books(2, worker("w1", 0, 500), worker("w2", 0, 0)));
        shares.look(books(3, worker("w1", 0, 1_000), worker("w2", 0, 800)));

        assertThat(shares.growthButOne(0, 10)).isEqualTo(800);
    }

    @Test
    void whatAWorkerHasInSeveralSlicesIsAddedUp() {
        List<Books> slices = new ArrayList<>(books(worker("w1", 10, 5)));
        slices.addAll(books(worker("w1", 4, 6)));

        shares.look(slices);

        assertThat(shares.all()).containsExactly(new ChaosResult.Share("w1", 14, 11));
    }

    private static WorkerBooks worker(String id, long head, long backlog) {
        return new WorkerBooks(id, Map.of("head", Long.toString(head)), backlog);
    }

    private static List<Books> books(WorkerBooks... workers) {
        return books(0, workers);
    }

    private static List<Books> books(long millis, WorkerBooks... workers) {
        return List.of(new Books("", Map.of(), Map.of(), 0, 0, 0, 0, 0, millis, List.of(workers)));
    }
}
