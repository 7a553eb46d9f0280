package dev.baton.redis;

import io.lettuce.core.protocol.CommandHandler;
import io.lettuce.core.pubsub.PubSubCommandHandler;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Puts a tap into the subscription that is opened next, and what writes transactions into every connection for commands. Thread-safe;
/// subscriptions with a tap are opened one at a time.
final class Taps implements NettyCustomizer {

    private final @Nullable NettyCustomizer other;
    private final AtomicReference<@Nullable PushTap> next = new AtomicReference<>();
    private final AtomicBoolean saidSo = new AtomicBoolean();

    /// @param other is asked too
    Taps(@Nullable NettyCustomizer other) {
        this.other = other;
    }

    /// @param tap for the next subscription; null for none
    void next(@Nullable PushTap tap) {
        next.set(tap);
    }

    @Override
    public void afterChannelInitialized(Channel channel) {
        if (other != null) {
            other.afterChannelInitialized(channel);
        }
        ChannelPipeline pipeline = channel.pipeline();
        ChannelHandlerContext commands = pipeline.context(CommandHandler.class);
        if (commands == null) {
            return;
        }
        if (!(commands.handler() instanceof PubSubCommandHandler<?, ?>)) {
            pipeline.addAfter(commands.name(), "baton-transactions", new TransactionWriter(saidSo));
            return;
        }
        PushTap tap = next.getAndSet(null);
        if (tap != null) {
            pipeline.addBefore(commands.name(), "baton-publications", tap);
        }
    }
}
