package dev.baton.slice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.Position;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PackTest {

    private static final Position FIRST = new Position(3, 2, 1);

    @Test
    void its_entries_are_those_that_would_have_come_alone() {
        List<Entry> alone =
                List.of(entry(0, "news", "one"), entry(1, "", ""), entry(2, "more", "three"));

        List<Entry> packed = PackedLanes.packOf(alone).entries();

        assertThat(packed).isEqualTo(alone);
        for (int i = 0; i < alone.size(); i++) {
            Entry one = alone.get(i);
            Entry same = packed.get(i);
            assertThat(same).hasSameHashCodeAs(one).hasToString(one.toString());
            assertThat(same.bytes()).isEqualTo(one.bytes()).hasSize(same.length());
            assertThat(same.channel()).isEqualTo(one.channel());
            assertThat(same.payload()).isEqualTo(one.payload()).hasSize(same.payloadBytes());
            assertThat(same.isReadable()).isTrue();
            assertThat(same.withOneMoreCrash()).isEqualTo(one.withOneMoreCrash());
            assertThat(same.withOneMoreAttempt()).isEqualTo(one.withOneMoreAttempt());
        }
    }

    @Test
    void payloads_stay_where_they_are() {
        Pack pack = hundred();

        assertThat(pack.entries(0, 100))
                .allSatisfy(entry -> assertThat(entry.payloads()).isSameAs(pack.body()));
    }

    /// Who takes a pack one by one would hold a hundred bodies.
    @Test
    void a_small_part_keeps_nothing_else_in_memory() {
        Pack pack = hundred();

        assertThat(pack.entries(40, 41))
                .isEqualTo(pack.entries().subList(40, 41))
                .allSatisfy(entry -> assertThat(entry.payloads()).hasSize(entry.length()));
        assertThat(pack.entries(7, 7)).isEmpty();
    }

    private static Pack hundred() {
        return PackedLanes.packOf(
                IntStream.range(0, 100).mapToObj(i -> entry(i, "", "payload " + i)).toList());
    }

    private static Entry entry(int number, String channel, String payload) {
        byte[] bytes = bytes(payload);
        return Entry.of(FIRST.plus(number), 5, bytes(channel), bytes, 0, bytes.length);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
