package dev.baton.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.Position;
import dev.baton.source.Control;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeersTest {

    private static final long PATIENCE = 100;

    /// However slices are spread at first, they move one at a time until nobody has more than an even share, and stay.
    @ParameterizedTest
    @CsvSource({"1,3", "2,2", "4,2", "4,3", "5,3", "6,3", "7,4", "9,5", "10,4", "64,7", "64,2"})
    void numbersMeetAndNobodyMovesAgain(int slices, int dispatchers) {
        List<Integer> led = new ArrayList<>(Collections.nCopies(dispatchers, 0));
        for (int one = 0; one < slices; one++) {
            int to = one % 3 == 0 ? 0 : one % dispatchers;
            led.set(to, led.get(to) + 1);
        }

        int moves = 0;
        while (move(led, slices)) {
            assertThat(++moves).as("moves").isLessThanOrEqualTo(slices);
        }

        int share = (slices + dispatchers - 1) / dispatchers;
        assertThat(led).allMatch(count -> count <= share);
        assertThat(led.stream().mapToInt(count -> count).sum()).isEqualTo(slices);
    }

    /// Everybody looks at the same numbers; at most one gives.
    private static boolean move(List<Integer> led, int slices) {
        List<Integer> before = List.copyOf(led);
        int givers = 0;
        for (int self = 0; self < before.size(); self++) {
            Long heir = heir(self, before, slices);
            if (heir != null) {
                givers++;
                led.set(self, led.get(self) - 1);
                int to = Math.toIntExact(heir) - 1;
                led.set(to, led.get(to) + 1);
            }
        }
        assertThat(givers).isLessThanOrEqualTo(1);
        return givers > 0;
    }

    private static @Nullable Long heir(int self, List<Integer> led, int slices) {
        Peers peers = new Peers(PATIENCE);
        for (int one = 0; one < led.size(); one++) {
            peers.hear(probe(one + 1, led.get(one)), 0);
        }
        return peers.heir(self + 1, led.get(self), slices, 0);
    }

    @ParameterizedTest
    @CsvSource({"2", "4"})
    void nobodyGivesWhileTheNumbersDoNotAddUp(int ownLed) {
        Peers peers = new Peers(PATIENCE);
        peers.hear(probe(1, 3), 0);
        peers.hear(probe(2, 1), 0);

        assertThat(peers.heir(1, ownLed, 4, 0)).isNull();
        assertThat(peers.heir(1, 3, 4, 0)).isEqualTo(2);
        assertThat(peers.heir(1, 3, 4, PATIENCE + 1)).as("the other is gone").isNull();
    }

    private static Control.Probe probe(long sender, int led) {
        return new Control.Probe(
                1,
                2,
                sender,
                IntStream.range(0, led)
                        .mapToObj(slice -> new Control.Led(slice, 1, Position.atMark(1, 0)))
                        .toList());
    }
}
