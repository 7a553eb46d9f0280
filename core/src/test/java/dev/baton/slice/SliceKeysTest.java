package dev.baton.slice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.lettuce.core.cluster.SlotHash;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SliceKeysTest {

    @ParameterizedTest
    @ValueSource(strings = {"messages:processed", "messages:processed:3", "s", "größe", "a b:c"})
    void all_keys_live_in_the_streams_own_hash_slot(String stream) {
        SliceKeys keys = new SliceKeys(stream);
        int slot = SlotHash.getSlot(stream.getBytes(StandardCharsets.UTF_8));

        assertThat(all(keys)).allSatisfy(key -> assertThat(SlotHash.getSlot(key)).isEqualTo(slot));
    }

    @Test
    void all_keys_of_each_slice_live_in_one_hash_slot_however_many_slices_there_are() {
        for (int slices = 1; slices <= SliceKeys.MAX_SLICES; slices++) {
            List<SliceKeys> all = SliceKeys.of("messages:processed", slices);
            assertThat(all).hasSize(slices).doesNotHaveDuplicates();
            for (SliceKeys keys : all) {
                int slot = SlotHash.getSlot(keys.stream());
                assertThat(all(keys))
                        .allSatisfy(key -> assertThat(SlotHash.getSlot(key)).isEqualTo(slot));
            }
        }
    }

    @Test
    void one_slice_has_the_pipelines_name_and_several_have_their_numbers_behind_it() {
        assertThat(SliceKeys.of("out", 1)).containsExactly(new SliceKeys("out"));
        assertThat(SliceKeys.of("out", 3))
                .containsExactly(
                        new SliceKeys("out:0"), new SliceKeys("out:1"), new SliceKeys("out:2"));
        assertThatIllegalArgumentException().isThrownBy(() -> SliceKeys.of("out", 0));
        assertThatIllegalArgumentException().isThrownBy(() -> SliceKeys.of("out", 65));
    }

    @Test
    void a_worker_whose_id_has_braces_moves_no_key_to_another_slot() {
        SliceKeys keys = new SliceKeys("out");
        int slot = SlotHash.getSlot("out");

        assertThat(SlotHash.getSlot(keys.worker("{x}"))).isEqualTo(slot);
        assertThat(SlotHash.getSlot(keys.lane("{x}"))).isEqualTo(slot);
    }

    @Test
    void the_output_is_called_just_what_the_user_asked_for() {
        assertThat(new String(new SliceKeys("out").output(), StandardCharsets.UTF_8))
                .isEqualTo("out");
    }

    @Test
    void no_two_keys_are_the_same() {
        assertThat(all(new SliceKeys("out")).stream().map(SliceKeysTest::text))
                .doesNotHaveDuplicates();
    }

    @Test
    void types_are_declared_for_every_fixed_key() {
        SliceKeys keys = new SliceKeys("out");
        List<byte[]> fixed =
                List.of(
                        keys.lead(),
                        keys.workers(),
                        keys.waiting(),
                        keys.retry(),
                        keys.output(),
                        keys.dead(),
                        keys.gaps(),
                        keys.ledger(),
                        keys.ingest());

        assertThat(keys.types().keySet())
                .containsExactlyInAnyOrderElementsOf(
                        fixed.stream().map(SliceKeysTest::text).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "}", "a{b}c", "{}x"})
    void a_name_that_would_break_the_hash_tag_is_refused(String stream) {
        assertThatIllegalArgumentException().isThrownBy(() -> new SliceKeys(stream));
    }

    private static List<byte[]> all(SliceKeys keys) {
        return List.of(
                keys.lead(),
                keys.workers(),
                keys.worker("w"),
                keys.lane("w"),
                keys.waiting(),
                keys.retry(),
                keys.other("audit"),
                keys.output(),
                keys.dead(),
                keys.gaps(),
                keys.ledger());
    }

    private static String text(byte[] key) {
        return new String(key, StandardCharsets.UTF_8);
    }
}
