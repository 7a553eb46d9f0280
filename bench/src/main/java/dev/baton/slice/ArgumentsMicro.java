package dev.baton.slice;

import dev.baton.Position;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandType;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// What dispatcher and worker do to put together a call of 500 messages, up to the client: nothing is sent.
@State(Scope.Benchmark)
public class ArgumentsMicro {

    private static final int MESSAGES = 500;
    private static final int MAX_BYTES = 4 << 20;
    private static final Leadership LEADER = new Leadership(1, "leader");
    private static final Membership WORKER = new Membership("w1", "incarnation", 1);
    private static final PassedFields NAMES =
            new PassedFields(
                    bytes("message_id"),
                    bytes("payload"),
                    bytes("worker"),
                    bytes("w1"),
                    bytes("position"),
                    bytes("channel"),
                    List.of());

    /// Of a payload.
    @Param("200")
    public int bytes;

    private final SliceKeys keys = new SliceKeys("micro");
    private final RedisClusterAsyncCommands<byte[], byte[]> silence = silence();
    private final ScriptRunner runner = new ScriptRunner(silence);
    private final LeaderScripts leader = new LeaderScripts(keys, Transport.LISTS, runner);
    private final WorkerScripts worker =
            new WorkerScripts(keys, Transport.LISTS, runner, silence, Integer.MAX_VALUE);
    private final List<Finish> finishes = new ArrayList<>();
    private final List<Entry> entries = new ArrayList<>();

    /// Makes the messages.
    @Setup
    public void make() {
        for (int i = 0; i < MESSAGES; i++) {
            Position position = new Position(1, 1, i);
            byte[] payload = new byte[bytes];
            entries.add(Entry.of(position, 1, new byte[0], payload, 0, bytes));
            finishes.add(new Finish.PassOn(bytes("%020d".formatted(i)), entries.getLast(), NAMES));
        }
    }

    /// Answers each call at once, with a refusal.
    @SuppressWarnings("unchecked") // a proxy has the type it was asked for
    private static RedisClusterAsyncCommands<byte[], byte[]> silence() {
        AsyncCommand<byte[], byte[], List<Object>> answered =
                new AsyncCommand<>(new Command<>(CommandType.EVALSHA, null));
        answered.complete(List.of(bytes("fenced")));
        return (RedisClusterAsyncCommands<byte[], byte[]>)
                Proxy.newProxyInstance(
                        ArgumentsMicro.class.getClassLoader(),
                        new Class<?>[] {RedisClusterAsyncCommands.class},
                        (proxy, method, args) -> answered);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /// One commit with all positions, and what became of each message.
    ///
    /// @return the answer
    @Benchmark
    public Object commit() {
        byte[] positions = new byte[MESSAGES * Entry.POSITION_BYTES];
        for (int i = 0; i < MESSAGES; i++) {
            entries.get(i).copyPosition(positions, i * Entry.POSITION_BYTES);
        }
        return worker.commit(
                        WORKER, new Commit(0, positions, finishes, MESSAGES, MESSAGES, MAX_BYTES))
                .join();
    }

    /// One dispatch to one lane.
    ///
    /// @return the answer
    @Benchmark
    public Object dispatch() {
        return leader.dispatch(
                        LEADER,
                        new Batch(
                                new Position(1, 1, 0),
                                new Position(1, 1, MESSAGES),
                                List.of(new Delivery("w1", entries))))
                .join();
    }
}
