package dev.baton.slice;

import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
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

    /// As the slice is opened for the tests.
    RedisSlice open(RedisStore store) {
        return store.open();
    }

    @BeforeAll
    void start() {
        store = newStore();
        slice = open(store);
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

    /// How often the server carried out a command.
    long calls(String command) {
        return store.calls(command);
    }

    /// What a careless person may do.
    void deleteLane(String worker) {
        store.commands().del(store.keys().lane(worker));
    }

    /// The store itself.
    RedisStore store() {
        return store;
    }

    /// How many more entries than elements a lane is thought to hold.
    void setPacked(String worker, long packed) {
        store.commands()
                .hset(store.keys().worker(worker), bytes("packed"), bytes(Long.toString(packed)));
    }

    /// Gives or takes a right of the user that all of us are.
    ///
    /// @param right such as `-lset`
    void setRight(String right) {
        store.commands()
                .dispatch(
                        CommandType.ACL,
                        new StatusOutput<>(ByteArrayCodec.INSTANCE),
                        new CommandArgs<>(ByteArrayCodec.INSTANCE)
                                .add("SETUSER")
                                .add("default")
                                .add(right));
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
