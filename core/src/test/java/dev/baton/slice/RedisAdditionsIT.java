package dev.baton.slice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.Consumer;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XGroupCreateArgs;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.XReadArgs.StreamOffset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is passed on in bulk is added to the stream by plain commands between two calls of a script: all of it, once, or nothing,
/// whatever the server says to either.
class RedisAdditionsIT {

    private static final int BATCH = 50;
    private static final byte[] GROUP = SliceContract.bytes("readers");

    private final Scripts scripts = new Scripts();
    private Leadership leader;
    private Membership worker;
    private long head;

    /// What contract tests have to set a scene.
    private static final class Scripts extends RedisSliceContract {
        @Override
        RedisStore newStore() {
            return new RedisStore();
        }

        @Override
        RedisSlice open(RedisStore store) {
            return store.open().transactingFrom(0);
        }
    }

    @BeforeEach
    void setScene() {
        scripts.start();
        leader = scripts.lead("a");
        worker = scripts.join("w");
        head = 0;
        // The first on a connection only asks, and a stream begins without.
        passOn();
        passOn();
        assertThat(scripts.calls("rename")).isEqualTo(2);
    }

    @AfterEach
    void nothingIsLeftBehind() {
        assertThat(scripts.books().balanced()).isTrue();
        assertThat(store().commands().hexists(keys().worker("w"), bytes("adding"))).isFalse();
        scripts.stop();
    }

    @Test
    void a_worker_that_lost_its_lane_adds_nothing() {
        Commit late = commit(dispatched());
        SliceContract.get(
                scripts.slice().join("w", "another", 1, SliceContract.MAX_CRASHES, Map.of()));
        List<List<byte[]>> before = scripts.output();

        assertThat(SliceContract.get(scripts.slice().commit(worker, late)))
                .isInstanceOf(Reply.Fenced.class);

        assertThat(texts(scripts.output())).isEqualTo(texts(before));
        assertThat(store().commands().exists(keys().gate())).isZero();
    }

    @Test
    void a_copy_of_a_call_adds_nothing() {
        Commit commit = commit(dispatched());
        SliceContract.answer(Reply.Committed.class, scripts.slice().commit(worker, commit));
        List<List<byte[]>> before = scripts.output();

        SliceContract.answer(Reply.Committed.class, scripts.slice().commit(worker, commit));

        assertThat(texts(scripts.output())).isEqualTo(texts(before));
    }

    @Test
    void a_server_that_forgot_the_script_takes_all_the_same() {
        long before = scripts.output().size();
        List<Entry> entries = dispatched();
        store().commands().scriptFlush();

        SliceContract.answer(
                Reply.Committed.class, scripts.slice().commit(worker, commit(entries)));

        assertThat(scripts.output()).hasSize((int) before + BATCH);
        head += BATCH;
        passOn();
        assertThat(scripts.output()).hasSize((int) before + 2 * BATCH);
    }

    @Test
    void a_stream_that_was_deleted_begins_anew() {
        store().commands().del(keys().output());

        passOn();
        passOn();

        assertThat(scripts.output()).hasSize(2 * BATCH);
        // Nobody trimmed what is gone.
        store().commands().hincrby(keys().ledger(), bytes("trimmed"), 2 * BATCH);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rename", "multi", "exec"})
    void without_a_right_that_only_transactions_need_it_goes_another_way(String right) {
        long before = scripts.output().size();
        scripts.setRight("-" + right);
        try {
            passOn();
            passOn();
        } finally {
            scripts.setRight("+" + right);
        }
        assertThat(scripts.output()).hasSize((int) before + 2 * BATCH);
    }

    @Test
    void without_the_right_to_add_nothing_is_written() {
        List<Entry> entries = dispatched();
        List<List<byte[]>> before = scripts.output();
        scripts.setRight("-xadd");
        try {
            assertThatThrownBy(
                            () ->
                                    SliceContract.get(
                                            scripts.slice().commit(worker, commit(entries))))
                    .hasMessageContaining("can't run this command");
        } finally {
            scripts.setRight("+xadd");
        }
        assertThat(texts(scripts.output())).isEqualTo(texts(before));
        assertThat(scripts.lane("w")).isEqualTo(entries);
        SliceContract.answer(
                Reply.Committed.class, scripts.slice().commit(worker, commit(entries)));
    }

    @Test
    void a_foreign_key_in_place_of_the_gate_stays_what_it_is() {
        store().commands().set(keys().gate(), bytes("foreign"));
        List<Entry> entries = dispatched();
        List<List<byte[]>> before = scripts.output();

        assertThatThrownBy(() -> SliceContract.get(scripts.slice().commit(worker, commit(entries))))
                .hasMessageContaining("WRONGTYPE");

        assertThat(texts(scripts.output())).isEqualTo(texts(before));
        assertThat(store().commands().get(keys().gate())).isEqualTo(bytes("foreign"));
        store().commands().del(keys().gate());
        SliceContract.answer(
                Reply.Committed.class, scripts.slice().commit(worker, commit(entries)));
        assertThat(scripts.output()).hasSize(before.size() + BATCH);
    }

    @Test
    void a_foreign_stream_in_place_of_the_gate_is_not_added_to_for_long() {
        store().commands().xadd(keys().gate(), Map.of(bytes("a"), bytes("b")));
        long before = scripts.output().size();
        passOn();
        long strays = store().commands().xlen(keys().gate());

        passOn();

        assertThat(store().commands().xlen(keys().gate())).isEqualTo(strays);
        assertThat(scripts.output()).hasSize((int) before + 2 * BATCH);
        store().commands().del(keys().gate());
    }

    @Test
    void what_a_transaction_left_half_done_is_not_taken_for_its_own() {
        store().commands().hset(keys().worker("w"), bytes("adding"), bytes("5"));
        Commit late = commit(dispatched());
        Membership other = new Membership("w", "another", worker.epoch());

        assertThat(SliceContract.get(scripts.slice().commit(other, late)))
                .isInstanceOf(Reply.Fenced.class);
        SliceContract.answer(Reply.Committed.class, scripts.slice().commit(worker, late));
    }

    @Test
    void order_is_kept_where_one_message_becomes_several() {
        int before = scripts.output().size();
        Commit passing = commit(dispatched());
        List<Finish> finishes = new ArrayList<>(passing.finishes());
        finishes.set(1, SliceContract.emit("one", "two"));

        SliceContract.answer(
                Reply.Committed.class,
                scripts.slice()
                        .commit(
                                worker,
                                new Commit(
                                        head, passing.positions(), finishes, head + BATCH, 0, 0)));

        List<List<String>> added = texts(scripts.output()).subList(before, before + 4);
        assertThat(added.get(0)).contains("m0");
        assertThat(added.get(1)).contains("one");
        assertThat(added.get(2)).contains("two");
        assertThat(added.get(3)).contains("m2");
    }

    /// For the length of a transaction the stream has another name.
    @Nested
    class Readers {

        private static final int ROUNDS = 40;

        @Test
        void that_wait_get_what_is_added_and_never_notice() throws Exception {
            int before = scripts.output().size();
            store().commands()
                    .xgroupCreate(
                            StreamOffset.from(keys().output(), "$"),
                            GROUP,
                            XGroupCreateArgs.Builder.mkstream());
            try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
                Future<Integer> alone = threads.submit(reader(ROUNDS * BATCH, false));
                Future<Integer> inGroup = threads.submit(reader(ROUNDS * BATCH, true));
                TimeUnit.MILLISECONDS.sleep(100);
                for (int i = 0; i < ROUNDS; i++) {
                    passOn();
                }
                assertThat(alone.get(10, TimeUnit.SECONDS)).isEqualTo(ROUNDS * BATCH);
                assertThat(inGroup.get(10, TimeUnit.SECONDS)).isEqualTo(ROUNDS * BATCH);
            }
            assertThat(scripts.calls("rename")).isGreaterThanOrEqualTo(2L * ROUNDS);
            assertThat(scripts.output()).hasSize(before + ROUNDS * BATCH);
        }

        @SuppressWarnings("unchecked") // an array of what has a type of its own
        private Callable<Integer> reader(int wanted, boolean inGroup) {
            return () -> {
                try (RedisStore.Look look = store().look()) {
                    int read = 0;
                    String last = "$";
                    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
                    while (read < wanted && System.nanoTime() < deadline) {
                        XReadArgs args = XReadArgs.Builder.block(Duration.ofMillis(500)).count(70);
                        List<StreamMessage<byte[], byte[]>> some =
                                inGroup
                                        ? look.commands()
                                                .xreadgroup(
                                                        Consumer.from(GROUP, bytes("one")),
                                                        args,
                                                        StreamOffset.lastConsumed(keys().output()))
                                        : look.commands()
                                                .xread(
                                                        args,
                                                        StreamOffset.from(keys().output(), last));
                        read += some.size();
                        last = some.isEmpty() ? last : some.getLast().getId();
                    }
                    return read;
                }
            };
        }
    }

    private void passOn() {
        SliceContract.answer(
                Reply.Committed.class, scripts.slice().commit(worker, commit(dispatched())));
        head += BATCH;
    }

    private List<Entry> dispatched() {
        return scripts.dispatch(leader, "w", BATCH);
    }

    private Commit commit(List<Entry> entries) {
        PassedFields fields =
                new PassedFields(
                        bytes("message_id"),
                        bytes("payload"),
                        bytes("worker"),
                        bytes("w"),
                        bytes("position"),
                        bytes("channel"),
                        List.of());
        byte[] positions = new byte[entries.size() * Entry.POSITION_BYTES];
        List<Finish> finishes = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            entries.get(i).copyPosition(positions, i * Entry.POSITION_BYTES);
            finishes.add(new Finish.PassOn(bytes("m" + i), entries.get(i), fields));
        }
        return new Commit(head, positions, finishes, head + entries.size(), 0, 0);
    }

    private RedisStore store() {
        return scripts.store();
    }

    private SliceKeys keys() {
        return store().keys();
    }

    private static List<List<String>> texts(List<List<byte[]>> entries) {
        return entries.stream()
                .map(
                        entry ->
                                entry.stream()
                                        .map(one -> new String(one, StandardCharsets.UTF_8))
                                        .toList())
                .toList();
    }

    private static byte[] bytes(String text) {
        return SliceContract.bytes(text);
    }
}
