package dev.baton.slice;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/// The scripts do on real servers what the contract says.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class RedisSliceContract extends SliceContract {

    private RedisStore store;
    private RedisSlice slice;

    /// A store of this class' own.
    abstract RedisStore newStore();

    @BeforeAll
    void start() {
        store = newStore();
        slice = store.open();
    }

    @AfterAll
    void stop() {
        slice.close();
        store.close();
    }

    @BeforeEach
    void empty() {
        store.commands().flushall();
    }

    @Override
    Slice slice() {
        return slice.transport() == Transport.GROUP ? new GroupLanes(slice, store::give) : slice;
    }

    @Override
    Handover handover() {
        return store.handover();
    }

    @Override
    Books books() {
        return store.books();
    }

    @Override
    SliceOffice.Wished quiet(String worker, boolean quiet) {
        return store.office().quiet(worker, quiet);
    }

    @Override
    List<List<byte[]>> output() {
        return store.stream(store.keys().output());
    }

    @Override
    List<List<byte[]>> other(String name) {
        return store.stream(store.keys().other(name));
    }

    @Override
    List<List<byte[]>> deadLetters() {
        return store.stream(store.keys().dead());
    }

    @Override
    List<List<byte[]>> gaps() {
        return store.stream(store.keys().gaps());
    }

    @Override
    List<Entry> lane(String worker) {
        return store.held(worker);
    }

    @Override
    List<Entry> waiting() {
        return store.held(Delivery.WAITING);
    }
}
