package dev.baton;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PositionTest {

    @Test
    void text_is_three_numbers_in_hex_of_fixed_width() {
        assertThat(new Position(1, 0xab, -1)).hasToString("00000001.000000ab.ffffffff");
        assertThat(new Position(1, 0xab, -1).toString()).hasSize(Position.TEXT_LENGTH);
    }

    @Test
    void text_reads_back_as_the_same_position() {
        for (Position position : somePositions()) {
            assertThat(Position.parse(position.toString())).isEqualTo(position);
        }
    }

    @Test
    void byte_order_of_the_text_is_the_order_of_positions() {
        List<Position> byAge = somePositions();
        Collections.sort(byAge);
        List<Position> byText = somePositions();
        byText.sort((a, b) -> a.toString().compareTo(b.toString()));

        assertThat(byText).isEqualTo(byAge);
    }

    @Test
    void numbers_are_unsigned() {
        assertThat(new Position(-1, 0, 0)).isGreaterThan(new Position(Integer.MAX_VALUE, 0, 0));
        assertThat(new Position(0, -1, 0)).isGreaterThan(new Position(0, Integer.MAX_VALUE, 0));
        assertThat(new Position(0, 0, -1)).isGreaterThan(new Position(0, 0, Integer.MAX_VALUE));
    }

    @Test
    void term_counts_before_mark_and_mark_before_index() {
        assertThat(new Position(2, 0, 0)).isGreaterThan(new Position(1, 9, 9));
        assertThat(new Position(1, 2, 0)).isGreaterThan(new Position(1, 1, 9));
        assertThat(new Position(1, 1, 2)).isGreaterThan(new Position(1, 1, 1));
        assertThat(new Position(1, 1, 1)).isEqualByComparingTo(new Position(1, 1, 1));
    }

    @Test
    void plus_and_messages_until_are_inverse() {
        Position mark = Position.atMark(3, 4);
        assertThat(mark.plus(17)).isEqualTo(new Position(3, 4, 17));
        assertThat(mark.messagesUntil(mark.plus(17))).isEqualTo(17);
        assertThat(mark.messagesUntil(mark)).isZero();
        assertThat(mark.messagesUntil(new Position(3, 4, -1))).isEqualTo(4_294_967_295L);
    }

    @Test
    void messages_between_different_marks_cannot_be_counted() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Position.atMark(1, 1).messagesUntil(Position.atMark(1, 2)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Position.atMark(1, 1).messagesUntil(Position.atMark(2, 1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00000001.00000002.0000003",
                "00000001.00000002.000000033",
                "00000001:00000002.00000003",
                "00000001.00000002:00000003",
                "0000000g.00000002.00000003",
                "00000001.-0000002.00000003",
                "00000001.00000002. 0000003"
            })
    void anything_else_is_no_position(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Position.parse(text));
    }

    private static List<Position> somePositions() {
        int[] numbers = {0, 1, 9, 10, 255, 256, Integer.MAX_VALUE, Integer.MIN_VALUE, -2, -1};
        List<Position> all = new ArrayList<>();
        for (int term : numbers) {
            for (int mark : numbers) {
                for (int index : numbers) {
                    all.add(new Position(term, mark, index));
                }
            }
        }
        Collections.shuffle(all, new Random(7));
        return all;
    }
}
