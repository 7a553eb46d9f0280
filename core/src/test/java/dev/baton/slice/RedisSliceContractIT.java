package dev.baton.slice;

/// On one server.
class RedisSliceContractIT extends RedisSliceContract {

    @Override
    RedisStore newStore() {
        return new RedisStore();
    }
}
