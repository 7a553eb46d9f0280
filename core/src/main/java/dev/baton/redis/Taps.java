package dev.baton.redis;

import io.lettuce.core.pubsub.PubSubCommandHandler;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Puts a tap into the subscription that is opened next. Thread-safe; subscriptions with a tap are opened one at a time.
final class Taps implements NettyCustomizer {

    private final @Nullable NettyCustomizer other;
    private final AtomicReference<@Nullable PushTap> next = new AtomicReference<>();

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
        ChannelHandlerContext client = channel.pipeline().context(PubSubCommandHandler.class);
        PushTap tap = client == null ? null : next.getAndSet(null);
        if (client != null && tap != null) {
            channel.pipeline().addBefore(client.name(), "baton-publications", tap);
        }
    }
}
