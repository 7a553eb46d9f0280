package dev.baton.server.chaos;

import dev.baton.redis.StoreConnection;
import dev.baton.slice.PipelineBooks;
import io.lettuce.core.RedisException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/// A reader as users have one: it sees what is there before a fault takes it away. Looks at the books too.
final class Onlooker implements AutoCloseable {

    private static final Duration READ_EVERY = Duration.ofMillis(50);
    private static final Duration END_TIMEOUT = Duration.ofSeconds(10);

    private final Harvest tail;
    private final StoreConnection streams;
    private final PipelineBooks books;
    private final Shares shares = new Shares();
    private final Thread thread;

    /// @param tail takes what is seen
    /// @param streams becomes ours
    /// @param books becomes ours
    Onlooker(Harvest tail, StoreConnection streams, PipelineBooks books) {
        this.tail = tail;
        this.streams = streams;
        this.books = books;
        this.thread = Thread.ofPlatform().daemon().name("baton-chaos-reader").unstarted(this::look);
    }

    void start() {
        thread.start();
    }

    private void look() {
        try {
            while (true) {
                try {
                    tail.readStreams(streams);
                    shares.look(books.read().slices().values());
                } catch (RedisException | CompletionException | IllegalStateException e) {
                    // The store is away, or workers come and go; what is there will be there later
                    // or was lost.
                }
                TimeUnit.NANOSECONDS.sleep(READ_EVERY.toNanos());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Ends looking; then what was seen may be asked for.
    void stop() throws InterruptedException {
        thread.interrupt();
        thread.join(END_TIMEOUT.toMillis());
    }

    /// What was seen.
    Harvest tail() {
        return tail;
    }

    /// What each worker did.
    List<ChaosResult.Share> shares() {
        return shares.all();
    }

    /// By how much lanes grew: see [Shares#growthButOne].
    long laneGrowthButOne(long fromMillis, long toMillis) {
        return shares.growthButOne(fromMillis, toMillis);
    }

    @Override
    public void close() {
        thread.interrupt();
        streams.close();
        books.close();
    }
}
