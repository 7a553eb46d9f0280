package dev.baton.server.chaos;

import dev.baton.server.embedded.EmbeddedCluster;
import dev.baton.slice.SliceKeys;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a chaos run goes.
///
/// @param redis address of a given server, or null for embedded ones
/// @param faults to choose from, at least one
/// @param seed of the plan
/// @param duration of the load
/// @param every how often a fault comes
/// @param rate messages a second
/// @param size of a message in bytes
/// @param dispatchers how many processes, at least one
/// @param workers how many processes, at least one
/// @param lease the dispatchers'
/// @param beat everybody's
/// @param workerTimeout the dispatchers'
/// @param restartAfter how long what was killed stays away
/// @param slack what a bound allows beyond the timeouts: for starting a process, for a busy machine
/// @param drain longest wait at the end until nothing is under way
/// @param bufferBytes the dispatchers'
/// @param layout how the pipeline and its servers are laid out; what a fault cannot do without is added
/// @param allowGaps whether a declared loss is fine also where the fault does not call for one
public record ChaosSettings(
        @Nullable String redis,
        List<Fault> faults,
        long seed,
        Duration duration,
        Duration every,
        long rate,
        int size,
        int dispatchers,
        int workers,
        Duration lease,
        Duration beat,
        Duration workerTimeout,
        Duration restartAfter,
        Duration slack,
        Duration drain,
        long bufferBytes,
        Layout layout,
        boolean allowGaps) {

    private static final Duration RETENTION = Duration.ofSeconds(5);
    private static final Duration CLUSTER_RETENTION = Duration.ofSeconds(10);

    /// @throws IllegalArgumentException if the settings do not fit together; says what to change
    public ChaosSettings {
        require(!faults.isEmpty(), "--faults names at least one fault");
        require(rate >= 1 && rate <= 100_000, "--rate is 1 to 100000");
        require(size >= 1 && size <= 1 << 20, "--size is 1 to 1048576");
        require(dispatchers >= 1 && dispatchers <= 20, "--dispatchers is 1 to 20");
        require(workers >= 1 && workers <= 50, "--workers is 1 to 50");
        require(every.toMillis() >= 500, "--every is at least 500ms");
        require(duration.compareTo(every) >= 0, "--duration is at least --every");
        require(
                layout.slices() >= 1 && layout.slices() <= SliceKeys.MAX_SLICES,
                "--slices is 1 to " + SliceKeys.MAX_SLICES);
        require(
                layout.replicas() >= 0 && layout.replicas() <= EmbeddedCluster.MAX_REPLICAS,
                "--replicas is 0 to " + EmbeddedCluster.MAX_REPLICAS);
        require(
                redis == null || !layout.cluster(),
                "--cluster is for embedded servers; leave --redis out");
        for (Fault fault : faults) {
            require(
                    redis == null || !fault.needs(Fault.Need.OWN_REDIS),
                    fault
                            + " harms everybody on a server, so it runs on an embedded one only:"
                            + " leave --redis out");
            layout = layout.fitting(fault);
        }
        require(
                layout.replicas() == 0 || layout.cluster(),
                "--replicas is for --cluster; give both");
        for (Fault fault : faults) {
            require(
                    !layout.cluster() || !fault.needsSingleServers(),
                    fault + " is done to single servers, so it does not go with a cluster");
        }
        require(
                redis == null || !redis.startsWith("rediss:") || !needed(faults, Fault.Need.PROXY),
                "faults that use a proxy cannot see through TLS; leave them out or use redis://");
    }

    /// Whether source and store are servers of their own, so that the store can go while the load goes on.
    boolean split() {
        return redis == null && !layout.cluster() && needed(faults, Fault.Need.SPLIT);
    }

    /// How long dispatchers keep what the store has: a cluster may lose more than a single server before a replica took over.
    Duration retention() {
        return layout.cluster() ? CLUSTER_RETENTION : RETENTION;
    }

    boolean needed(Fault.Need need) {
        return needed(faults, need);
    }

    private static boolean needed(List<Fault> faults, Fault.Need need) {
        return faults.stream().anyMatch(fault -> fault.needs(need));
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }
}
