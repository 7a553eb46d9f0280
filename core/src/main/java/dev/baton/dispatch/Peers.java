package dev.baton.dispatch;

import dev.baton.source.Control;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The dispatchers that lead or could lead, as their probes tell, and how many slices each leads. Not thread-safe.
final class Peers {

    /// More than anyone runs; what is heard of others beyond it has no effect.
    private static final int MAX_PEERS = 1_000;

    private final long patienceNanos;
    private final Map<Long, Peer> peers = new HashMap<>();

    private record Peer(int led, long heardNanos) {}

    /// @param patienceNanos after so long without a probe a dispatcher is gone
    Peers(long patienceNanos) {
        this.patienceNanos = patienceNanos;
    }

    void hear(Control.Probe probe, long nowNanos) {
        if (probe.sender() != 0
                && (peers.size() < MAX_PEERS || peers.containsKey(probe.sender()))) {
            peers.put(probe.sender(), new Peer(probe.led().size(), nowNanos));
        }
    }

    /// Forgets all: nothing was heard for a while.
    void forget() {
        peers.clear();
    }

    /// Who should be given one slice by a dispatcher, or null if it is not its turn to give. Only the one that leads most
    /// gives, to the one that leads least, and only while it has more than an even share: so each move brings the numbers
    /// nearer to each other, and none comes after them. A number that is old shows in the sum: somebody gave a slice, and
    /// nobody has told of it yet.
    ///
    /// @param self who asks
    /// @param led how many it leads now
    /// @param slices how many there are
    @Nullable Long heir(long self, int led, int slices, long nowNanos) {
        peers.values().removeIf(peer -> nowNanos - peer.heardNanos() > patienceNanos);
        peers.put(self, new Peer(led, nowNanos));
        if (allLed() != slices) {
            return null;
        }
        int share = (slices + peers.size() - 1) / peers.size();
        long most = self;
        long least = self;
        for (Map.Entry<Long, Peer> one : peers.entrySet()) {
            most = moreThan(one, most) ? one.getKey() : most;
            least = lessThan(one, least) ? one.getKey() : least;
        }
        return most == self && led > share ? (Long) least : null;
    }

    private int allLed() {
        return peers.values().stream().mapToInt(Peer::led).sum();
    }

    private boolean moreThan(Map.Entry<Long, Peer> one, long other) {
        int difference = one.getValue().led() - led(other);
        return difference > 0 || (difference == 0 && one.getKey() < other);
    }

    private boolean lessThan(Map.Entry<Long, Peer> one, long other) {
        int difference = one.getValue().led() - led(other);
        return difference < 0 || (difference == 0 && one.getKey() < other);
    }

    private int led(long id) {
        Peer peer = peers.get(id);
        return peer == null ? 0 : peer.led();
    }
}
