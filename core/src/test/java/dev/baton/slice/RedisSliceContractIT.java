package dev.baton.slice;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/// The scripts do on a real server what the contract says.
class RedisSliceContractIT extends SliceContract {

    private static RedisStore store;
    private static RedisSlice slice;

    @BeforeAll
    static void start() {
        store = new RedisStore();
        slice = store.open();
    }

    @AfterAll
    static void stop() {
        slice.close();
        store.close();
    }

    @BeforeEach
    void empty() {
        store.commands().flushall();
    }

    @Override
    Slice slice() {
        return slice;
    }

    @Override
    Books books() {
        return store.books();
    }

    @Override
    List<List<byte[]>> output() {
        return store.stream(RedisStore.KEYS.output());
    }

    @Override
    List<List<byte[]>> deadLetters() {
        return store.stream(RedisStore.KEYS.dead());
    }

    @Override
    List<List<byte[]>> gaps() {
        return store.stream(RedisStore.KEYS.gaps());
    }

    @Override
    List<Entry> lane(String worker) {
        return store.list(RedisStore.KEYS.lane(worker));
    }

    @Override
    List<Entry> waiting() {
        return store.list(RedisStore.KEYS.waiting());
    }
}
