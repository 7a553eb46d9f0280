package dev.baton.redis;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes the commands of a [SentTransaction] to its connection, with nothing in between.
///
/// Were only `MULTI` refused, the rest would be carried out outside a transaction. So the first one on a connection asks, with an
/// empty transaction, and is discarded itself, as are all until the answer has come. One connection's.
final class TransactionWriter extends ChannelOutboundHandlerAdapter {

    private static final Logger log = LoggerFactory.getLogger(TransactionWriter.class);

    private final AtomicBoolean saidSo;
    private volatile State state = State.UNKNOWN;

    private enum State {
        UNKNOWN,
        ASKED,
        POSSIBLE,
        REFUSED
    }

    /// @param saidSo whether people were told that a server refuses transactions, shared by all connections
    TransactionWriter(AtomicBoolean saidSo) {
        this.saidSo = saidSo;
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (!(message instanceof SentTransaction transaction)) {
            var _ = context.write(message, promise);
        } else if (transaction.isDone()) {
            // It waited for too long.
            promise.trySuccess();
        } else if (state == State.POSSIBLE) {
            var _ = transaction.whenComplete((answers, failure) -> checkBegun(transaction));
            transaction.writeTo(context, promise);
        } else {
            if (state == State.UNKNOWN) {
                ask(context);
            }
            promise.trySuccess();
            transaction.completeExceptionally(
                    new DiscardedException(
                            state == State.REFUSED
                                    ? "the server refuses transactions"
                                    : "whether the server takes transactions is being asked"));
        }
    }

    /// Rights may be withdrawn while a connection lives.
    private void checkBegun(SentTransaction transaction) {
        if (transaction.notBegun()) {
            state = State.UNKNOWN;
        }
    }

    private void ask(ChannelHandlerContext context) {
        state = State.ASKED;
        SentTransaction nothing = new SentTransaction(new Transaction(0));
        var _ = nothing.whenComplete((answers, failure) -> learn(context, nothing, failure));
        nothing.writeTo(context, context.newPromise());
    }

    private void learn(
            ChannelHandlerContext context, SentTransaction asked, @Nullable Throwable failure) {
        if (failure == null) {
            state = State.POSSIBLE;
        } else if (failure instanceof DiscardedException
                && (asked.notBegun() || isForGood(failure))) {
            state = State.REFUSED;
            if (!saidSo.getAndSet(true)) {
                log.warn(
                        "{} refuses transactions ({}); what is large goes through its scripts, which costs it more",
                        context.channel().remoteAddress(),
                        failure.getMessage());
            }
        } else {
            state = State.UNKNOWN;
        }
    }

    private static boolean isForGood(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        return message.contains("NOPERM") || message.contains("unknown command");
    }
}
