package dev.baton.slice;

import dev.baton.testing.RedisCluster;

/// On a cluster, where the slice's slot is served by the last of the nodes.
class ClusterSliceContractIT extends RedisSliceContract {

    @Override
    RedisStore newStore() {
        RedisCluster cluster = RedisCluster.start(0);
        SliceKeys keys = new SliceKeys(cluster.streamAt(cluster.nodes().getLast()));
        return new RedisStore(cluster, cluster.uri(), keys, Transport.LISTS);
    }
}
