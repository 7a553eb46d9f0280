package dev.baton.slice;

/// On a cluster, with batches that are pushed before the script that judges them.
class ClusterPushedContractIT extends ClusterSliceContractIT {

    @Override
    RedisSlice open(RedisStore store) {
        return store.open().transactingFrom(0);
    }
}
