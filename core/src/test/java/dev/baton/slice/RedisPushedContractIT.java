package dev.baton.slice;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;

/// On one server, with packs in lanes, which are pushed before the script that judges them.
class RedisPushedContractIT extends RedisPackedContractIT {

    @Override
    RedisSlice open(RedisStore store) {
        return store.open().transactingFrom(0);
    }

    @AfterAll
    void batchesWerePushed() {
        assertThat(calls("exec")).isGreaterThan(calls("flushall"));
        assertThat(calls("rename")).as("stream entries were added past the script").isPositive();
    }
}
