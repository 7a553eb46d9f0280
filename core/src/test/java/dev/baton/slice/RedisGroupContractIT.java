package dev.baton.slice;

/// On one server, with a group.
class RedisGroupContractIT extends RedisSliceContract {

    @Override
    RedisStore newStore() {
        return new RedisStore(Transport.GROUP);
    }
}
