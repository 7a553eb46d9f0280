package dev.baton.redis;

import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ProtocolKeyword;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Commands that a server carries out one after the other with nothing in between, all or none (`MULTI`, `EXEC`); nobody sees how far it
/// is. One that is answered with an error when its turn comes keeps none of the others from taking effect. Not thread-safe.
public final class Transaction {

    private static final int MAX_EXPECTED_BYTES = 4 << 20;

    private final List<Queued> commands = new ArrayList<>();
    private final int expectedBytes;

    /// @param expectedBytes about how long it will be, so that room is made at once; any number will do
    public Transaction(int expectedBytes) {
        this.expectedBytes = Math.clamp(expectedBytes, 0, MAX_EXPECTED_BYTES);
    }

    /// Appends a command.
    ///
    /// @param args its arguments, not copied
    /// @return this
    public Transaction add(CommandType type, CommandArgs<byte[], byte[]> args) {
        commands.add(new Queued(type, args, null));
        return this;
    }

    /// Appends a command.
    ///
    /// @param args its arguments, not copied
    /// @return this
    public Transaction add(CommandType type, Iterable<byte[]> args) {
        CommandArgs<byte[], byte[]> all = new CommandArgs<>(ByteArrayCodec.INSTANCE);
        args.forEach(all::add);
        return add(type, all);
    }

    /// Appends a command that writes its bytes by itself.
    ///
    /// @param type for people
    /// @return this
    public Transaction add(CommandType type, Encoding encoding) {
        commands.add(new Queued(type, null, encoding));
        return this;
    }

    /// How a command is written, name and arguments, as an array of RESP; called on an event loop, so it may not block.
    @FunctionalInterface
    public interface Encoding {

        /// @param to where to append the bytes
        void encode(ByteBuf to);
    }

    List<Queued> commands() {
        return commands;
    }

    int expectedBytes() {
        return expectedBytes;
    }

    /// A command whose turn comes with `EXEC`.
    ///
    /// @param args null if it writes itself
    record Queued(
            ProtocolKeyword type,
            @Nullable CommandArgs<byte[], byte[]> args,
            @Nullable Encoding encoding) {}
}
