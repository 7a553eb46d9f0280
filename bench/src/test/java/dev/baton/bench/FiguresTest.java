package dev.baton.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FiguresTest {

    @Test
    void aMedianIsTheMiddleOneOrHalfWayBetweenTheTwo() {
        assertThat(Figures.median(9, 1, 5)).isEqualTo(5);
        assertThat(Figures.median(9, 1, 5, 2)).isEqualTo(3.5);
        assertThat(Figures.median(7)).isEqualTo(7);
    }

    @Test
    void eachFigureHasAMedianOfItsOwnAndRatiosAreThoseOfMedians() {
        Cell reference = new Cell(Subject.REFERENCE, new Scenario(200, 0, 0, 0, 0));
        Cell parts = new Cell(Subject.PARTS, new Scenario(200, 0, 0, 0, 0));
        Cell baton = new Cell(Subject.BATON, new Scenario(200, 0, 2, 1, 1));
        Figures ours =
                Figures.medians(
                        List.of(
                                figures(10, "redis", 9),
                                figures(30, "redis", 1),
                                figures(20, "redis", 4)));

        assertThat(ours.perSecond()).isEqualTo(20);
        assertThat(ours.cpuMicros()).containsExactly(Map.entry("redis", 4.0));
        assertThat(
                        Ratio.of(
                                Map.of(
                                        reference,
                                        figures(40, "redis", 1),
                                        parts,
                                        figures(0, "sum", 2),
                                        baton,
                                        ours)))
                .containsExactly(
                        new Ratio(baton, Subject.REFERENCE, Map.of("rate", 0.5)),
                        new Ratio(baton, Subject.PARTS, Map.of("redis CPU", 2.0)));
    }

    private static Figures figures(double perSecond, String name, double cpu) {
        Map<String, Double> none = Map.of();
        return new Figures(1, 1, perSecond, 0, none, Map.of(name, cpu), none, none);
    }
}
