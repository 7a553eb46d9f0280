package dev.baton.slice;

import dev.baton.Position;
import dev.baton.redis.RedisConnector;
import dev.baton.redis.StoreConnection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A slice's part in a change of the number of slices, on a real server. Thread-safe.
public final class RedisHandover implements Handover, AutoCloseable {

    private final StoreConnection connection;
    private final byte[] lead;
    private final Transport transport;
    private final ScriptRunner runner;

    RedisHandover(StoreConnection connection, SliceKeys keys, Transport transport) {
        this.connection = connection;
        this.lead = keys.lead();
        this.transport = transport;
        this.runner = new ScriptRunner(connection.async());
    }

    /// Connects.
    ///
    /// @param connector stays the caller's to close
    /// @param transport what a slice that is opened will have
    /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
    public static RedisHandover open(
            RedisConnector connector, SliceKeys keys, Transport transport) {
        return new RedisHandover(connector.store().reach(keys.lead()), keys, transport);
    }

    @Override
    public CompletableFuture<Reply.ToHandover> announce(
            int slices, int becomes, Position at, @Nullable Position seen) {
        return step(args("announce", becomes).add(at).add(slices).add(seen));
    }

    @Override
    public CompletableFuture<Reply.ToHandover> retract(int becomes) {
        return step(args("retract", becomes));
    }

    @Override
    public CompletableFuture<Reply.ToHandover> ready(int becomes, boolean inSync) {
        return step(args("ready", becomes).add(inSync ? "1" : "0"));
    }

    @Override
    public CompletableFuture<Reply.ToHandover> take(int becomes, Position at) {
        return step(args("take", becomes).add(at));
    }

    @Override
    public CompletableFuture<Reply.ToHandover> open(int becomes, Position at) {
        return step(args("open", becomes).add(at).add(transport.text()));
    }

    private static Args args(String step, int becomes) {
        return new Args(5).add(step).add(becomes);
    }

    private CompletableFuture<Reply.ToHandover> step(Args args) {
        return runner.run(
                Script.RESLICE,
                List.of(lead),
                args,
                answer ->
                        switch (answer.status()) {
                            case "ok", "already" -> new Reply.HandedOn(answer.positionOrNull(1));
                            case "no" -> new Reply.NotNow();
                            case "slices" -> new Reply.OtherSlices((int) answer.number(1));
                            default -> throw answer.unexpected(Script.RESLICE);
                        });
    }

    @Override
    public void close() {
        connection.close();
    }
}
