package dev.baton.slice;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A batch that was pushed before the script that judges it: what is refused was never there.
class RedisPushedDispatchIT {

    private static final SliceKeys KEYS = RedisStore.KEYS;

    private final RedisStore store = new RedisStore();
    private final RedisSlice plain = store.open();
    private final RedisSlice pushing = plain.transactingFrom(0);
    private Scene scene;

    @BeforeEach
    void begin() {
        scene = Scene.set(pushing);
        assertThat(store.calls("exec")).as("asks first").isLessThanOrEqualTo(1);
    }

    @AfterEach
    void end() {
        Awaitility.await()
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(store.books().balanced()).isTrue());
        plain.close();
        store.close();
    }

    enum Refusal {
        FENCED,
        CONFLICT,
        ALREADY,
        ENDS,
        LANE
    }

    @ParameterizedTest
    @EnumSource
    void whatIsRefusedLeavesEveryListAsItWas(Refusal why) {
        // x has no lane yet, w has, and some wait.
        List<Delivery> everywhere =
                List.of(
                        new Delivery("x", some(0, 5)),
                        new Delivery("w", some(5, 10)),
                        new Delivery(Delivery.WAITING, some(10, 12)));
        Batch batch = new Batch(scene.at(), scene.at().plus(12), everywhere);
        Leadership by = scene.leader();
        switch (why) {
            case FENCED -> by = new Leadership(by.epoch(), "another");
            case CONFLICT -> batch = new Batch(scene.at().plus(1), scene.at().plus(12), everywhere);
            case ALREADY -> batch = new Batch(SliceContract.FIRST_MARK, scene.at(), everywhere);
            case ENDS ->
                    store.commands()
                            .hset(
                                    KEYS.lead(),
                                    SliceContract.bytes("ends"),
                                    SliceContract.bytes(scene.at().toString()));
            case LANE ->
                    store.commands()
                            .hset(
                                    KEYS.worker("x"),
                                    SliceContract.bytes("state"),
                                    SliceContract.bytes("left"));
        }
        Map<String, String> before = store.dump();
        long transactions = store.calls("exec");

        Reply.ToDispatch reply = SliceContract.get(pushing.dispatch(by, batch));

        switch (why) {
            case FENCED -> assertThat(reply).isInstanceOf(Reply.Fenced.class);
            case CONFLICT -> assertThat(reply).isEqualTo(new Reply.Regressed(scene.at()));
            case ENDS -> assertThat(reply).isEqualTo(new Reply.Bounded(scene.at()));
            case LANE -> assertThat(reply).isEqualTo(new Reply.LanesClosed(List.of("x")));
            case ALREADY -> {
                assertThat(reply).isInstanceOf(Reply.Appended.class);
                assertThat(((Reply.Appended) reply).backlogs()).containsExactly(0L, 4L);
                assertThat(((Reply.Appended) reply).waiting()).isEqualTo(2);
            }
        }
        assertThat(store.dump()).isEqualTo(before);
        assertThat(store.calls("exec")).isEqualTo(transactions + 1);
    }

    private List<Entry> some(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> SliceContract.entry(scene.at().plus(i), "", new byte[] {(byte) i}))
                .toList();
    }

    @Test
    void aForeignListUnderOneOfItsNamesKeepsTheOthersFromNothing() throws Exception {
        store.commands().set(KEYS.lane("x"), SliceContract.bytes("foreign"));
        Map<String, String> before = store.dump();
        Batch batch =
                new Batch(
                        scene.at(),
                        scene.at().plus(9),
                        List.of(
                                new Delivery(Delivery.WAITING, some(0, 3)),
                                new Delivery("x", some(3, 6)),
                                new Delivery("w", some(6, 9))));

        assertThat(failed(pushing.dispatch(scene.leader(), batch))).isTrue();

        assertThat(store.dump()).isEqualTo(before);
        store.commands().del(KEYS.lane("x"));
    }

    /// It would be told of an entry, and find none.
    @Test
    void whoWaitsOnALaneSeesNothingOfWhatIsRefused() {
        Batch early = new Batch(scene.at().plus(1), scene.at().plus(3), scene.batch().deliveries());
        CompletableFuture<Boolean> waiting = plain.awaitEntry("x", Duration.ofMillis(1_500));
        Awaitility.await()
                .until(() -> store.commands().info("clients").contains("blocked_clients:1"));

        assertThat(SliceContract.get(pushing.dispatch(scene.leader(), early)))
                .isInstanceOf(Reply.Regressed.class);

        assertThat(store.commands().info("clients")).contains("blocked_clients:1");
        assertThat(SliceContract.get(waiting)).isFalse();
        CompletableFuture<Boolean> again = plain.awaitEntry("x", Duration.ofMillis(1_500));
        SliceContract.get(pushing.dispatch(scene.leader(), scene.batch()));
        assertThat(SliceContract.get(again)).isTrue();
    }

    /// Users of an earlier version may do none of this.
    @ParameterizedTest
    @ValueSource(strings = {"MULTI", "EXEC", "LTRIM"})
    void whoMayNotDoItSoSendsItAsArguments(String command) {
        try (RedisSlice other = store.open()) {
            CommandType type = CommandType.valueOf(command);
            store.commands().aclSetuser("default", AclSetuserArgs.Builder.removeCommand(type));
            long judged = store.calls("eval");
            try {
                dispatchOneByOne(other.transactingFrom(0), 10);
                refused(other.transactingFrom(0));
                assertThat(store.calls("eval")).as("nothing was tried").isEqualTo(judged);
            } finally {
                store.commands().aclSetuser("default", AclSetuserArgs.Builder.addCommand(type));
            }
        }
    }

    /// The first of them is carried out by itself, command for command.
    @ParameterizedTest
    @ValueSource(strings = {"MULTI", "EXEC", "LTRIM", "EVAL"})
    void aRightThatIsWithdrawnWhileTheConnectionLivesCostsNothing(String command) {
        dispatchOneByOne(pushing, 1);
        CommandType type = CommandType.valueOf(command);
        store.commands().aclSetuser("default", AclSetuserArgs.Builder.removeCommand(type));
        try {
            refused(pushing);
            dispatchOneByOne(pushing, 10);
            refused(pushing);
        } finally {
            store.commands().aclSetuser("default", AclSetuserArgs.Builder.addCommand(type));
        }
    }

    /// Redis looks at rights when it takes a command and again when its turn comes.
    @Test
    void whatWasNotPushedIsNotTakenBack() {
        Map<String, String> before = store.dump();
        try (StatefulRedisConnection<byte[], byte[]> own = store.connect()) {
            RedisAsyncCommands<byte[], byte[]> async = own.async();
            List<RedisFuture<?>> queued =
                    List.of(
                            async.multi(),
                            async.rpush(KEYS.lane("w"), some(0, 1).getFirst().bytes()),
                            async.eval(
                                    Script.DISPATCH.source(),
                                    ScriptOutputType.MULTI,
                                    KEYS.withLanes(
                                                    List.of("w"),
                                                    KEYS.lead(),
                                                    KEYS.ledger(),
                                                    KEYS.waiting())
                                            .toArray(byte[][]::new),
                                    Args.of(scene.leader())
                                            .add(scene.at())
                                            .add(scene.at().plus(1))
                                            .add("1")
                                            .add(0)
                                            .add(0)
                                            .add(1)
                                            .add(1)
                                            .toList()
                                            .toArray(byte[][]::new)));
            Awaitility.await().until(() -> store.commands().clientList().contains(" multi=2 "));
            CommandType push = CommandType.RPUSH;
            store.commands().aclSetuser("default", AclSetuserArgs.Builder.removeCommand(push));
            try {
                SliceContract.get(async.exec().toCompletableFuture());
            } finally {
                store.commands().aclSetuser("default", AclSetuserArgs.Builder.addCommand(push));
            }
            assertThat(queued.getLast().getError()).contains("were not pushed");
        }
        assertThat(store.dump()).isEqualTo(before);
    }

    /// Its push is taken back, or was none.
    private void refused(Slice slice) {
        Map<String, String> before = store.dump();
        Leadership another = new Leadership(scene.leader().epoch(), "another");
        assertThat(SliceContract.get(slice.dispatch(another, scene.batch())))
                .isInstanceOf(Reply.Fenced.class);
        assertThat(store.dump()).isEqualTo(before);
    }

    private int sent;

    private void dispatchOneByOne(Slice slice, int batches) {
        for (int i = 0; i < batches; i++) {
            Batch batch = SliceContract.batch(scene.at().plus(sent), "x", some(sent, sent + 1));
            assertThat(SliceContract.get(slice.dispatch(scene.leader(), batch)))
                    .isInstanceOf(Reply.Appended.class);
            sent++;
        }
        assertThat(store.held("x")).isEqualTo(some(0, sent));
    }

    /// Four under way at once, as a dispatcher has them.
    @Test
    void batchesUnderWayTakeEffectInTheirOrder() {
        RedisSlice mixed = plain.transactingFrom(1_000);
        CompletableFuture<?>[] answers = new CompletableFuture<?>[400];
        for (int i = 0; i < answers.length; i++) {
            byte[] payload = new byte[i % 3 == 0 ? 10 : 2_000];
            Entry one = SliceContract.entry(scene.at().plus(i), "", payload);
            answers[i] =
                    mixed.dispatch(
                            scene.leader(),
                            SliceContract.batch(scene.at().plus(i), "x", List.of(one)));
        }

        for (CompletableFuture<?> answer : answers) {
            assertThat(SliceContract.get(answer)).isInstanceOf(Reply.Appended.class);
        }
        assertThat(store.calls("exec")).isGreaterThan(200);
    }

    @Test
    void connectionsThatBreakLeaveWholeBatchesOrNone() throws Exception {
        for (int round = 0; round < 20; round++) {
            List<CompletableFuture<Reply.ToDispatch>> answers =
                    List.of(dispatchOne(pushing, 0), dispatchOne(pushing, 1));
            store.commands().clientKill(KillArgs.Builder.skipme());
            for (CompletableFuture<Reply.ToDispatch> answer : answers) {
                untilAppended(answer);
            }
        }

        assertThat(store.held("x")).hasSize(sent);
        assertThat(store.calls("exec")).isGreaterThan(20);
    }

    private CompletableFuture<Reply.ToDispatch> dispatchOne(Slice slice, int ahead) {
        int at = sent + ahead;
        return slice.dispatch(
                scene.leader(), SliceContract.batch(scene.at().plus(at), "x", some(at, at + 1)));
    }

    private void untilAppended(CompletableFuture<Reply.ToDispatch> answer) throws Exception {
        for (int attempt = 0; failed(answer); attempt++) {
            assertThat(attempt).isLessThan(100);
            TimeUnit.MILLISECONDS.sleep(20);
            answer = dispatchOne(pushing, 0);
        }
        if (answer.join() instanceof Reply.Regressed) {
            answer = dispatchOne(pushing, 0);
        }
        assertThat(SliceContract.get(answer)).isInstanceOf(Reply.Appended.class);
        sent++;
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
