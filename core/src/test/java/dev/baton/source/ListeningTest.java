package dev.baton.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.cluster.SlotHash;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListeningTest {

    @ParameterizedTest
    @ValueSource(strings = {"orders", "{orders}:eu", "a{orders}b{c}", "a{b", "{a{b}"})
    void theControlChannelLiesInTheSlotOfAShardedChannel(String channel) {
        String control = new Listening.Sharded(List.of(channel)).control("baton:control:out");

        assertThat(SlotHash.getSlot(control)).isEqualTo(SlotHash.getSlot(channel));
        assertThat(control).startsWith("baton:control:out:{");
    }

    @Test
    void shardedChannelsShareOneSlot() {
        assertThat(new Listening.Sharded(List.of("{o}:eu", "{o}:us")).several()).isTrue();
        assertThatThrownBy(() -> new Listening.Sharded(List.of("a", "b")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("one hash tag");
        assertThatThrownBy(() -> new Listening.Sharded(List.of("a{}b")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theOrderInWhichChannelsAreGivenDoesNotMatter() {
        assertThat(new Listening.Channels(List.of("b", "a")).leading()).isEqualTo("a");
        assertThat(new Listening.Channels(List.of("b", "a")).control("c")).isEqualTo("c");
    }
}
