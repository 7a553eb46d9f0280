package dev.baton.redis;

import io.lettuce.core.RedisURI;
import io.lettuce.core.resource.NettyCustomizer;
import io.lettuce.core.resource.SocketAddressResolver;
import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Leads every connection that is opened, or opened again, to the server that is primary at that moment, and knows those
/// that lead elsewhere. Thread-safe.
final class PrimaryAddress extends SocketAddressResolver implements NettyCustomizer {

    /// Never asked for: names under it exist nowhere.
    private static final String STAND_IN = "primary.invalid";

    private final ChannelGroup channels = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE);
    private volatile @Nullable Primary primary;

    /// An address that means whoever is primary.
    ///
    /// @param like gives TLS, login and database
    static RedisURI standIn(RedisURI like) {
        RedisURI uri = RedisURI.builder(like).build();
        uri.setHost(STAND_IN);
        return uri;
    }

    @Nullable Primary primary() {
        return primary;
    }

    void set(Primary now) {
        primary = now;
    }

    @Override
    public SocketAddress resolve(RedisURI uri) {
        Primary now = primary;
        return now != null && STAND_IN.equals(uri.getHost())
                ? InetSocketAddress.createUnresolved(now.host(), now.port())
                : super.resolve(uri);
    }

    @Override
    public void afterChannelInitialized(Channel channel) {
        channels.add(channel);
    }

    /// Breaks the connections that do not lead to the primary.
    ///
    /// @return how many
    int breakOthers() {
        Primary now = primary;
        if (now == null || channels.isEmpty()) {
            return 0;
        }
        List<InetAddress> hosts;
        try {
            hosts = Arrays.asList(InetAddress.getAllByName(now.host()));
        } catch (UnknownHostException e) {
            return 0;
        }
        List<Channel> others =
                channels.stream().filter(channel -> leadsElsewhere(channel, now, hosts)).toList();
        for (Channel other : others) {
            var _ = other.close();
        }
        return others.size();
    }

    private static boolean leadsElsewhere(Channel channel, Primary now, List<InetAddress> hosts) {
        return channel.remoteAddress() instanceof InetSocketAddress remote
                && remote.getAddress() != null
                && (remote.getPort() != now.port() || !hosts.contains(remote.getAddress()));
    }
}
