package dev.baton.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.CommandOutput;
import io.lettuce.core.output.NestedMultiOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ProtocolKeyword;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A transaction on its way. Until it is written the client takes it for one command, so whatever drops, refuses or times out does so to all of
/// it. When the connection's event loop writes it, [TransactionWriter] puts its parts in its place, all in one step: the client would
/// write a collection of commands one by one, and those of other threads in between would become part of the transaction.
///
/// Completes with the answers of its commands, in their order; with what a command answered as an error; or with
/// [DiscardedException].
final class SentTransaction extends AsyncCommand<byte[], byte[], List<Object>> {

    private final List<Part> parts;
    private final Part begin;
    private final int expectedBytes;

    // On the event loop only.
    private boolean writing;

    SentTransaction(Transaction transaction) {
        super(new Command<>(new Name(), new Answers()));
        expectedBytes = transaction.expectedBytes();
        parts = new ArrayList<>(transaction.commands().size() + 2);
        begin = new Part(CommandType.MULTI, new Acknowledged());
        parts.add(begin);
        Acknowledged queued = new Acknowledged();
        for (Transaction.Queued command : transaction.commands()) {
            parts.add(new Part(command, queued));
        }
        parts.add(new Part(CommandType.EXEC, new Answers()));
    }

    /// On the event loop of the connection, once: hands on all commands in one piece, or none.
    void writeTo(ChannelHandlerContext context, ChannelPromise promise) {
        writing = true;
        try {
            var _ = context.write(parts, promise);
        } finally {
            writing = false;
        }
    }

    /// Whether the server refused to begin a transaction; what was to be in it was then carried out by itself.
    boolean notBegun() {
        return begin.getOutput().hasError();
    }

    /// The transaction itself has no bytes.
    @Override
    public void encode(ByteBuf to) {
        throw new IllegalStateException("nothing takes transactions apart on this connection");
    }

    private void answered(Answers end) {
        if (!end.isArray()) {
            completeExceptionally(new DiscardedException(firstError()));
        } else if (end.hasError()) {
            completeExceptionally(new RedisCommandExecutionException(end.getError()));
        } else {
            complete(end.get());
        }
    }

    /// The first refusal is the reason of all others.
    private String firstError() {
        for (Part part : parts) {
            if (part.getOutput().hasError()) {
                return part.getOutput().getError();
            }
        }
        return "the server did not carry it out";
    }

    /// What the client calls it; nothing that a server knows.
    private static final class Name implements ProtocolKeyword {

        @Override
        public byte[] getBytes() {
            return toString().getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        public String toString() {
            return "TRANSACTION";
        }
    }

    /// One of the commands, `MULTI` and `EXEC` among them. It can be written with the others only: a client that has lost a connection may think
    /// of sending again what was under way.
    private final class Part extends Command<byte[], byte[], List<Object>> {

        private final Transaction.@Nullable Encoding encoding;

        Part(ProtocolKeyword type, CommandOutput<byte[], byte[], List<Object>> output) {
            super(type, output);
            this.encoding = null;
        }

        Part(Transaction.Queued command, CommandOutput<byte[], byte[], List<Object>> output) {
            super(command.type(), output, command.args());
            this.encoding = command.encoding();
        }

        @Override
        public void encode(ByteBuf to) {
            if (!writing) {
                throw new IllegalStateException("a part of a transaction is not sent by itself");
            }
            if (this == begin) {
                to.ensureWritable(expectedBytes);
            }
            if (encoding == null) {
                super.encode(to);
            } else {
                encoding.encode(to);
            }
        }

        @Override
        public void complete() {
            super.complete();
            if (this == parts.getLast()) {
                answered((Answers) getOutput());
            }
        }

        @Override
        public boolean completeExceptionally(Throwable failure) {
            boolean first = super.completeExceptionally(failure);
            SentTransaction.this.completeExceptionally(failure);
            return first;
        }

        @Override
        public void cancel() {
            super.cancel();
            SentTransaction.this.cancel();
        }
    }

    /// Says that a command is in line, or why it is not; one for all of them, whose first refusal it keeps.
    private static final class Acknowledged extends CommandOutput<byte[], byte[], List<Object>> {

        Acknowledged() {
            super(ByteArrayCodec.INSTANCE, List.of());
        }

        @Override
        public void set(ByteBuffer said) {
            // `OK` or `QUEUED`.
        }

        @Override
        public void set(long said) {
            // Where there was no transaction, commands answer for themselves.
        }

        @Override
        public void multi(int count) {
            // As above.
        }

        @Override
        public void setError(ByteBuffer error) {
            if (!hasError()) {
                super.setError(error);
            }
        }
    }

    /// Takes any answer, and knows whether it was an array: an error in an array is not the array's.
    private static final class Answers extends NestedMultiOutput<byte[], byte[]> {

        private boolean array;

        Answers() {
            super(ByteArrayCodec.INSTANCE);
        }

        @Override
        public void multi(int count) {
            array = array || count >= 0;
            super.multi(count);
        }

        boolean isArray() {
            return array;
        }
    }
}
