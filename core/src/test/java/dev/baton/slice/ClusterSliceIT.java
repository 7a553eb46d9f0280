package dev.baton.slice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.testing.RedisCluster;
import dev.baton.testing.RedisCluster.Node;
import io.lettuce.core.cluster.SlotHash;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What becomes of every call while its slot moves from one node of a cluster to another.
class ClusterSliceIT {

    private static final SliceKeys KEYS = RedisStore.KEYS;
    private static final int SLOT = SlotHash.getSlot(KEYS.stream());

    private static RedisCluster cluster;
    private static RedisStore store;
    private static RedisSlice slice;

    private Node from;
    private Node to;

    @BeforeAll
    static void start() {
        cluster = RedisCluster.start(0);
        store = new RedisStore(cluster, cluster.uri(), KEYS, Transport.LISTS);
        slice = store.open();
        cluster.nodes().forEach(node -> store.reach(cluster.streamAt(node)));
    }

    @AfterAll
    static void stop() {
        assertThat(cluster.nodes())
                .anyMatch(node -> node.commands().info("commandstats").contains("cmdstat_exec:"));
        slice.close();
        store.close();
    }

    @BeforeEach
    void empty() {
        store.commands().flushall();
        from = cluster.owner(KEYS.stream());
        to = cluster.other(KEYS.stream());
    }

    @AfterEach
    void theBooksBalance() {
        assertThat(store.books().balanced()).isTrue();
    }

    private static Stream<String> names() {
        return Scene.calls().keySet().stream();
    }

    private static Stream<Arguments> namesAndMoved() {
        return names().flatMap(
                        name ->
                                Stream.of("nothing", "lead", "worker:w", "lane:w", "ledger", "all")
                                        .map(moved -> Arguments.of(name, moved)));
    }

    /// With dead letters and gaps, so that every key is there, and no call has to wait for the end of the move.
    private static Scene whole() {
        Scene scene = Scene.set(slice);
        for (byte[] stream : List.of(KEYS.output(), KEYS.dead(), KEYS.gaps())) {
            store.commands().xadd(stream, Map.of(stream, stream));
            store.commands().xtrim(stream, 0);
        }
        return scene;
    }

    @ParameterizedTest(name = "{0} when of the keys {1} moved")
    @MethodSource("namesAndMoved")
    void during_a_move_a_call_has_its_whole_effect_or_none_and_works_afterwards(
            String name, String moved) throws Exception {
        get(whole().call(name).apply(slice));
        Map<String, Long> expected = Scene.comparable(store.books());
        store.commands().flushall();
        Scene.Sent call = whole().call(name);
        Map<String, String> before = dump();

        cluster.open(SLOT, from, to);
        move(moved);
        boolean failed = failed(call.apply(slice));
        Map<String, String> during = dump();
        cluster.cancel(SLOT, from, to);

        if (failed) {
            assertThat(during).isEqualTo(before);
        } else {
            assertThat(Scene.comparable(store.books())).isEqualTo(expected);
        }
        untilAccepted(call);
        assertThat(Scene.comparable(store.books())).isEqualTo(expected);
    }

    private void move(String moved) {
        switch (moved) {
            case "nothing" -> {}
            case "all" -> cluster.moveKeys(SLOT, from, to, 100);
            default ->
                    cluster.moveKey(
                            SliceContract.bytes("{" + KEYS.stream() + "}:" + moved), from, to);
        }
    }

    @Test
    void calls_under_way_while_the_slot_moves_there_and_back_take_effect_once_or_are_refused()
            throws Exception {
        Scene scene = whole();
        List<CompletableFuture<Reply.ToDispatch>> answers = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            switch (i) {
                case 200 -> cluster.move(SLOT, from, to);
                case 400 -> cluster.move(SLOT, to, from);
                default -> {}
            }
            answers.add(slice.dispatch(scene.leader(), single(scene, i)));
        }
        for (int i = 0; i < answers.size(); i++) {
            boolean applied =
                    !failed(answers.get(i)) && answers.get(i).join() instanceof Reply.Appended;
            int at = i;
            if (!applied) {
                untilAccepted(to -> to.dispatch(scene.leader(), single(scene, at)));
            }
        }

        assertThat(store.books().count("dispatched")).isEqualTo(606);
        assertThat(store.held("w")).hasSize(604);
    }

    private static Batch single(Scene scene, int number) {
        Entry entry = SliceContract.entry(scene.at().plus(number), "", new byte[] {1});
        return SliceContract.batch(scene.at().plus(number), "w", List.of(entry));
    }

    @Test
    void an_idle_worker_wakes_at_the_node_to_which_its_empty_lane_moved() throws Exception {
        Scene scene = whole();
        CompletableFuture<Boolean> waiting = slice.awaitEntry("x", Duration.ofSeconds(2));
        assertThat(waiting).isNotDone();

        cluster.move(SLOT, from, to);
        untilAccepted(to -> to.dispatch(scene.leader(), scene.batch()));
        boolean woken = !failed(waiting) && waiting.join();
        for (int attempt = 0; attempt < 50 && !woken; attempt++) {
            TimeUnit.MILLISECONDS.sleep(20);
            waiting = slice.awaitEntry("x", Duration.ofSeconds(2));
            woken = !failed(waiting) && waiting.join();
        }

        assertThat(woken).isTrue();
        assertThat(store.held("x")).hasSize(1);
    }

    @Test
    void slices_on_three_nodes_share_one_connection() {
        try (RedisConnector connector = new RedisConnector(RedisAddress.parse(cluster.uri()))) {
            for (Node node : cluster.nodes()) {
                SliceKeys keys = new SliceKeys(cluster.streamAt(node));
                try (RedisSlice there =
                                RedisSlice.forWorker(connector, List.of(keys), Transport.LISTS)
                                        .getFirst();
                        SliceBooks books = SliceBooks.open(connector, keys.stream())) {
                    Scene scene = Scene.set(there);
                    SliceContract.get(there.commit(scene.worker(), scene.commit()));
                    assertThat(books.read().balanced()).isTrue();
                    assertThat(node.commands().exists(keys.output())).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void a_node_given_as_a_plain_server_is_found_to_be_a_cluster() {
        String plain = "redis://127.0.0.1:" + to.process().port();
        try (RedisConnector connector = new RedisConnector(RedisAddress.parse(plain));
                RedisSlice found =
                        RedisSlice.forDispatcher(connector, List.of(KEYS), Transport.LISTS, false)
                                .getFirst()) {
            Scene.set(found);

            assertThat(from.commands().exists(KEYS.lead())).isEqualTo(1);
        }
    }

    /// A set's members stand in another order when it was moved.
    private static Map<String, String> dump() {
        Map<String, String> all = store.dump();
        all.remove(new String(KEYS.workers(), StandardCharsets.UTF_8));
        return all;
    }

    private static <T> T get(CompletableFuture<T> call) throws Exception {
        return call.get(5, TimeUnit.SECONDS);
    }

    /// As a duty does it.
    private static void untilAccepted(Scene.Sent call) throws Exception {
        for (int attempt = 0; failed(call.apply(slice)); attempt++) {
            assertThat(attempt).isLessThan(100);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static boolean failed(CompletableFuture<?> call) throws Exception {
        try {
            get(call);
            return false;
        } catch (ExecutionException e) {
            return true;
        }
    }
}
