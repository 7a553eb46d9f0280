package dev.baton.server.chaos;

import dev.baton.slice.Transport;

/// How the pipeline and its servers are laid out.
///
/// @param slices of the pipeline, 1 to [SliceKeys#MAX_SLICES]
/// @param cluster whether store and source are an embedded cluster of three primaries
/// @param replicas of each primary of that cluster, 0 to [EmbeddedCluster#MAX_REPLICAS]
/// @param sharded whether messages are published on a sharded channel
/// @param transport how entries get to workers
public record Layout(
        int slices, boolean cluster, int replicas, boolean sharded, Transport transport) {

    /// One slice; one server, or one for the source and one for the store.
    public static final Layout SINGLE = new Layout(1, false, 0, false, Transport.LISTS);

    /// The same, with what a fault cannot do without.
    Layout fitting(Fault fault) {
        boolean replicated = fault.needs(Fault.Need.REPLICAS);
        return new Layout(
                slices,
                cluster || fault.needs(Fault.Need.CLUSTER),
                replicated ? Math.max(1, replicas) : replicas,
                sharded || fault.needs(Fault.Need.SHARDED),
                transport);
    }

    /// Whether a fault is possible on these servers as they are.
    public boolean fits(Fault fault) {
        return cluster
                ? !fault.needsSingleServers() && equals(fitting(fault))
                : !fault.needs(Fault.Need.CLUSTER);
    }
}
