package dev.baton.slice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.Position;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EntryTest {

    private static final Position POSITION = new Position(0x01020304, 0xa1a2a3a4, 0xb1b2b3b4);
    private static final byte[] NO_CHANNEL = {};

    @Test
    void layout_is_the_one_that_the_scripts_read() {
        Entry entry =
                Entry.of(
                        POSITION,
                        0x0c0b_a987_6543L,
                        "ch".getBytes(StandardCharsets.UTF_8),
                        new byte[] {(byte) 0xee, (byte) 0xff},
                        0,
                        2);

        assertThat(HexFormat.of().formatHex(entry.bytes()))
                .isEqualTo(
                        "01000000"
                                + "0002"
                                + "0c0ba9876543"
                                + "01020304a1a2a3a4b1b2b3b4"
                                + "6368"
                                + "eeff");
    }

    @Test
    void every_part_reads_back() {
        byte[] source = new byte[300];
        new Random(1).nextBytes(source);
        byte[] channel = "straße".getBytes(StandardCharsets.UTF_8);
        Entry entry = Entry.of(POSITION, 0xffff_ffff_ffffL, channel, source, 20, 256);

        assertThat(entry.position()).isEqualTo(POSITION);
        assertThat(entry.storeMillis()).isEqualTo(0xffff_ffff_ffffL);
        assertThat(entry.channel()).isEqualTo("straße");
        assertThat(entry.payload()).isEqualTo(java.util.Arrays.copyOfRange(source, 20, 276));
        assertThat(entry.payloadFrom()).isEqualTo(Entry.HEADER_BYTES + channel.length);
        assertThat(entry.attempts()).isZero();
        assertThat(entry.crashes()).isZero();
    }

    @Test
    void an_entry_of_the_only_channel_names_none() {
        Entry entry = Entry.of(POSITION, 1, NO_CHANNEL, new byte[0], 0, 0);

        assertThat(entry.channel()).isNull();
        assertThat(entry.payload()).isEmpty();
        assertThat(entry.payloadFrom()).isEqualTo(Entry.HEADER_BYTES);
    }

    @Test
    void a_channel_name_that_is_too_long_is_cut_and_the_payload_stays_whole() {
        byte[] channel = new byte[Entry.MAX_CHANNEL_BYTES + 10];
        java.util.Arrays.fill(channel, (byte) 'c');
        Entry entry = Entry.of(POSITION, 1, channel, new byte[] {1, 2, 3}, 0, 3);

        assertThat(entry.channel()).hasSize(Entry.MAX_CHANNEL_BYTES);
        assertThat(entry.payload()).containsExactly(1, 2, 3);
    }

    @Test
    void one_more_crash_changes_nothing_else_and_stops_at_255() {
        Entry entry = Entry.of(POSITION, 5, NO_CHANNEL, new byte[] {9}, 0, 1);
        Entry crashed = entry.withOneMoreCrash();

        assertThat(entry.crashes()).isZero();
        assertThat(crashed.crashes()).isEqualTo(1);
        assertThat(crashed.position()).isEqualTo(POSITION);
        assertThat(crashed.storeMillis()).isEqualTo(5);
        assertThat(crashed.payload()).containsExactly(9);
        for (int i = 0; i < 300; i++) {
            crashed = crashed.withOneMoreCrash();
        }
        assertThat(crashed.crashes()).isEqualTo(255);
    }

    @Test
    void entries_are_equal_when_their_bytes_are() {
        Entry one = Entry.of(POSITION, 5, NO_CHANNEL, new byte[] {9}, 0, 1);
        Entry same = Entry.of(POSITION, 5, NO_CHANNEL, new byte[] {9}, 0, 1);
        Entry other = Entry.of(POSITION, 5, NO_CHANNEL, new byte[] {8}, 0, 1);

        assertThat(one).isEqualTo(same).hasSameHashCodeAs(same).isNotEqualTo(other);
    }

    @Test
    void what_is_cut_short_has_no_payload_and_can_be_told() {
        byte[] bytes = Entry.of(POSITION, 5, new byte[] {7, 7}, new byte[] {9}, 0, 1).bytes();
        Entry stump = new Entry(Arrays.copyOf(bytes, 5));
        Entry inChannel = new Entry(Arrays.copyOf(bytes, Entry.HEADER_BYTES + 1));

        assertThat(stump.isReadable()).isFalse();
        assertThat(stump.payload()).isEmpty();
        assertThat(stump).hasToString("Entry[cut short, 5 bytes]");
        assertThat(inChannel.isReadable()).isFalse();
        assertThat(inChannel.payload()).isEmpty();
    }

    @Test
    void text_never_shows_the_payload() {
        byte[] secret = "secret".getBytes(StandardCharsets.UTF_8);
        Entry entry = Entry.of(POSITION, 5, NO_CHANNEL, secret, 0, secret.length);

        assertThat(entry.toString()).contains(POSITION.toString()).doesNotContain("secret");
    }
}
