package dev.baton.slice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.Position;
import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.protocol.CommandType;
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
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What becomes of every call when the server forgets scripts, is out of memory, holds foreign keys under our names, or
/// gets a call twice.
class RedisSliceTroubleIT {

    private static final byte[] ASIDE = SliceContract.bytes("aside");

    private static RedisStore store;
    private static RedisSlice slice;
    private static RedisSlice twin;

    @BeforeAll
    static void start() {
        store = new RedisStore();
        slice = store.open();
        twin = store.open();
        Scene.set(Scene.pushing(slice));
        store.commands().flushall();
        Scene.set(Scene.pushing(twin));
    }

    @AfterAll
    static void stop() {
        slice.close();
        twin.close();
        store.close();
    }

    @BeforeEach
    void empty() {
        store.commands().flushall();
    }

    @AfterEach
    void theBooksBalance() {
        assertThat(store.books().balanced()).isTrue();
    }

    private static Stream<String> names() {
        return Scene.calls().keySet().stream();
    }

    private static Stream<Arguments> namesAndKeys() {
        SliceKeys keys = RedisStore.KEYS;
        List<byte[]> all =
                List.of(
                        keys.lead(),
                        keys.workers(),
                        keys.worker("w"),
                        keys.lane("w"),
                        keys.worker("x"),
                        keys.lane("x"),
                        keys.waiting(),
                        keys.output(),
                        keys.dead(),
                        keys.gaps(),
                        keys.ledger());
        return names().flatMap(
                        name ->
                                all.stream()
                                        .map(
                                                key ->
                                                        Arguments.of(
                                                                name,
                                                                new String(
                                                                        key,
                                                                        StandardCharsets.UTF_8))));
    }

    @ParameterizedTest(name = "{0} with a foreign {1}")
    @MethodSource("namesAndKeys")
    void a_foreign_key_under_our_name_leaves_a_call_without_effect_or_untouched(
            String name, String keyName) throws Exception {
        byte[] key = SliceContract.bytes(keyName);
        Scene.Sent call = Scene.set(slice).call(name);
        boolean held = store.commands().exists(key) == 1;
        if (held) {
            store.commands().rename(key, ASIDE);
        }
        store.commands().set(key, SliceContract.bytes("foreign"));
        Map<String, String> before = store.dump();

        if (failed(call.apply(slice))) {
            assertThat(store.dump()).as("nothing is half written").isEqualTo(before);
        } else {
            assertThat(store.dump()).containsEntry(keyName, before.get(keyName));
        }

        store.commands().del(key);
        if (held) {
            store.commands().rename(ASIDE, key);
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void without_memory_a_call_has_no_effect_or_its_whole_effect_and_works_afterwards(String name)
            throws Exception {
        Scene.set(slice).call(name).apply(slice).get(5, TimeUnit.SECONDS);
        Map<String, Long> expected = Scene.comparable(store.books());
        store.commands().flushall();
        Scene.Sent call = Scene.set(slice).call(name);
        Map<String, String> before = store.dump();

        store.commands().configSet("maxmemory", "1");
        boolean failed;
        try {
            failed = failed(call.apply(slice));
        } finally {
            store.commands().configSet("maxmemory", "0");
        }

        if (failed) {
            assertThat(store.dump()).isEqualTo(before);
        }
        call.apply(slice).get(5, TimeUnit.SECONDS);
        assertThat(Scene.comparable(store.books())).isEqualTo(expected);
    }

    /// Users of an earlier version may not trim, which nobody notices until there are too many dead letters.
    @ParameterizedTest
    @MethodSource("names")
    void without_the_right_to_trim_a_call_has_no_effect_or_its_whole_effect(String name)
            throws Exception {
        Scene.Sent call = Scene.set(slice).call(name);
        byte[] dead = RedisStore.KEYS.dead();
        for (int i = 0; i < 3; i++) {
            store.commands().xadd(dead, SliceContract.bytes("reason"), SliceContract.bytes("old"));
        }
        store.commands()
                .hset(
                        RedisStore.KEYS.ledger(),
                        SliceContract.bytes("max_dead"),
                        SliceContract.bytes("3"));
        Map<String, String> before = store.dump();

        store.commands()
                .aclSetuser("default", AclSetuserArgs.Builder.removeCommand(CommandType.XTRIM));
        boolean failed;
        try {
            failed = failed(call.apply(slice));
        } finally {
            store.commands()
                    .aclSetuser("default", AclSetuserArgs.Builder.addCommand(CommandType.XTRIM));
        }

        if (failed) {
            assertThat(store.dump()).as("nothing is half written").isEqualTo(before);
        }
        call.apply(slice).get(5, TimeUnit.SECONDS);
    }

    @Test
    void without_memory_nothing_is_taken_in_or_given_out() throws Exception {
        Scene scene = Scene.set(slice);
        store.commands().configSet("maxmemory", "1");
        try {
            assertThat(failed(slice.dispatch(scene.leader(), scene.batch()))).isTrue();
            assertThat(failed(slice.commit(scene.worker(), scene.commit()))).isTrue();
        } finally {
            store.commands().configSet("maxmemory", "0");
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void a_call_works_on_a_server_that_forgot_its_script(String name) throws Exception {
        Scene.Sent call = Scene.set(slice).call(name);
        Map<String, String> before = store.dump();
        store.commands().scriptFlush();

        call.apply(slice).get(5, TimeUnit.SECONDS);

        if (!name.equals("read") && !name.equals("retry")) {
            assertThat(store.dump()).isNotEqualTo(before);
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void two_copies_of_a_call_on_two_connections_have_the_effect_of_one(String name)
            throws Exception {
        Scene.set(slice).call(name).apply(slice).get(5, TimeUnit.SECONDS);
        Map<String, Long> once = Scene.comparable(store.books());
        store.commands().flushall();
        Scene.Sent call = Scene.set(slice).call(name);

        CompletableFuture<?> first = call.apply(slice);
        CompletableFuture<?> second = call.apply(twin);
        first.get(5, TimeUnit.SECONDS);
        second.get(5, TimeUnit.SECONDS);

        assertThat(Scene.comparable(store.books())).isEqualTo(once);
    }

    /// What a worker in another language may get wrong: script, which argument, and what stands there.
    private static Stream<Arguments> badArguments() {
        return Stream.of(
                Arguments.of(Script.BEAT, 1, "1e3"),
                Arguments.of(Script.BEAT, 1, "-1"),
                Arguments.of(Script.BEAT, 2, "lost"),
                Arguments.of(Script.JOIN, 2, "much"),
                Arguments.of(Script.JOIN, 3, ""),
                Arguments.of(Script.JOIN, 4, "head"),
                Arguments.of(Script.JOIN, 4, "fetched"),
                Arguments.of(Script.LEAVE, 2, "1001"),
                Arguments.of(Script.LEAVE, 3, ""),
                Arguments.of(Script.DEAL, 2, "1001"),
                Arguments.of(Script.DEAL, 3, "x"),
                Arguments.of(Script.REASSIGN, 5, ""),
                Arguments.of(Script.REASSIGN, 6, "1001"),
                Arguments.of(Script.REASSIGN, 7, "-1"),
                Arguments.of(Script.COMMIT, 3, "0x0"),
                Arguments.of(Script.COMMIT, 5, "1.5"),
                Arguments.of(Script.COMMIT, 6, ""),
                Arguments.of(Script.COMMIT, 7, "99999999999999999999"));
    }

    @ParameterizedTest(name = "{0}, argument {1}: ''{2}''")
    @MethodSource("badArguments")
    void a_bad_argument_is_refused_before_anything_is_written(Script script, int at, String bad)
            throws Exception {
        Scene scene = Scene.set(slice);
        SliceKeys keys = RedisStore.KEYS;
        Leadership leader = scene.leader();
        Args args =
                switch (script) {
                    case BEAT -> new Args(3).add("w 1").add(7).add("live");
                    case JOIN -> new Args(6).add("w").add("w 2").add(1).add(3).add("a").add("b");
                    case LEAVE -> new Args(4).add("w").add("w 1").add(1_000).add(1_000);
                    case DEAL -> Args.of(leader).add(1_000).add(1_000);
                    case REASSIGN ->
                            Args.of(leader).add("w").add("w 1").add(0).add(3).add(9).add(9);
                    default ->
                            new Args(9)
                                    .add("w")
                                    .add("w 1")
                                    .add(1)
                                    .add(0)
                                    .add(1)
                                    .add(3)
                                    .add(9)
                                    .add(9)
                                    .add("0");
                };
        List<byte[]> named =
                switch (script) {
                    case BEAT -> List.of(keys.worker("w"), keys.lead());
                    case JOIN ->
                            List.of(
                                    keys.workers(),
                                    keys.worker("w"),
                                    keys.lane("w"),
                                    keys.lead(),
                                    keys.dead(),
                                    keys.ledger());
                    case LEAVE ->
                            List.of(
                                    keys.workers(),
                                    keys.worker("w"),
                                    keys.lane("w"),
                                    keys.waiting(),
                                    keys.lead());
                    case DEAL ->
                            List.of(keys.lead(), keys.waiting(), keys.worker("x"), keys.lane("x"));
                    case REASSIGN ->
                            List.of(
                                    keys.lead(),
                                    keys.ledger(),
                                    keys.dead(),
                                    keys.workers(),
                                    keys.waiting(),
                                    keys.worker("w"),
                                    keys.lane("w"),
                                    keys.worker("x"),
                                    keys.lane("x"));
                    default ->
                            List.of(
                                    keys.worker("w"),
                                    keys.lane("w"),
                                    keys.output(),
                                    keys.dead(),
                                    keys.ledger());
                };
        List<byte[]> values = args.toList();
        values.set(at, SliceContract.bytes(bad));
        Map<String, String> before = store.dump();

        assertThat(failed(store.run(script, named, values))).isTrue();

        assertThat(store.dump()).isEqualTo(before);
    }

    @RepeatedTest(5)
    void of_two_candidates_that_saw_the_same_just_one_is_granted() {
        Scene scene = Scene.set(slice);

        CompletableFuture<Reply.ToClaim> one = slice.claim(Scene.claim("b", scene.seen()));
        CompletableFuture<Reply.ToClaim> other = twin.claim(Scene.claim("c", scene.seen()));

        assertThat(List.of(SliceContract.get(one), SliceContract.get(other)))
                .hasAtLeastOneElementOfType(Reply.Granted.class)
                .hasAtLeastOneElementOfType(Reply.Lost.class);
    }

    @RepeatedTest(5)
    void calls_under_way_while_the_server_forgets_scripts_take_effect_once_or_are_refused() {
        Scene scene = Scene.set(slice);
        List<CompletableFuture<Reply.ToDispatch>> answers = new ArrayList<>();
        Position at = scene.at();
        for (int i = 0; i < 200; i++) {
            if (i % 50 == 0) {
                store.commands().scriptFlush();
            }
            answers.add(slice.dispatch(scene.leader(), single(at)));
            at = at.plus(1);
        }

        at = scene.at();
        for (CompletableFuture<Reply.ToDispatch> answer : answers) {
            // One that came too early finds the watermark before it, and takes effect when it is
            // sent again.
            if (SliceContract.get(answer) instanceof Reply.Regressed early) {
                assertThat(early.watermark()).isLessThan(at);
                assertThat(SliceContract.get(slice.dispatch(scene.leader(), single(at))))
                        .isInstanceOf(Reply.Appended.class);
            }
            at = at.plus(1);
        }
        assertThat(store.books().count("dispatched")).isEqualTo(206);
        assertThat(store.books().balanced()).isTrue();
    }

    private static Batch single(Position at) {
        Entry entry = SliceContract.entry(at, "", new byte[] {1});
        return SliceContract.batch(at, "w", List.of(entry));
    }

    @Test
    void an_idle_worker_wakes_when_an_entry_comes_and_the_entry_stays() throws Exception {
        Scene scene = Scene.set(slice);
        CompletableFuture<Boolean> waiting = slice.awaitEntry("x", Duration.ofSeconds(2));

        SliceContract.get(slice.dispatch(scene.leader(), scene.batch()));

        assertThat(waiting.get(1, TimeUnit.SECONDS)).isTrue();
        assertThat(store.held("x")).hasSize(1);
    }

    private static boolean failed(CompletableFuture<?> call) throws Exception {
        try {
            call.get(5, TimeUnit.SECONDS);
            return false;
        } catch (ExecutionException e) {
            return true;
        }
    }
}
