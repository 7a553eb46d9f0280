package dev.baton.dispatch;

import dev.baton.duty.DutyRunner;
import dev.baton.duty.Waker;
import dev.baton.redis.RedisConnector;
import dev.baton.redis.StoreCheck;
import dev.baton.slice.RedisHandover;
import dev.baton.slice.RedisSlice;
import dev.baton.slice.SliceCount;
import dev.baton.slice.SliceKeys;
import dev.baton.slice.TransportCheck;
import dev.baton.source.RedisSource;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running dispatcher. Any number may run for one stream; each slice is led by one, the others stand by. Thread-safe.
public final class Dispatcher implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);

    /// Longest time an orderly stop may take; what is not in a lane then is declared as a gap by the successor.
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final RedisConnector sourceConnector;
    private final RedisConnector storeConnector;
    private final List<RedisSlice> slices;
    private final @Nullable RedisHandover handover;
    private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
    private final Counters counters = new Counters();
    private final DispatcherDuty duty;
    private final DutyRunner runner;

    private Dispatcher(
            DispatcherSettings settings,
            RedisConnector sourceConnector,
            RedisConnector storeConnector,
            List<RedisSlice> slices,
            @Nullable RedisHandover handover) {
        this.sourceConnector = sourceConnector;
        this.storeConnector = storeConnector;
        this.slices = slices;
        this.handover = handover;
        Waker wake = new Waker();
        this.duty =
                new DispatcherDuty(
                        settings,
                        new RedisSource(
                                sourceConnector,
                                settings.listening(),
                                DispatcherSettings.controlChannel(settings.stream())),
                        List.copyOf(slices),
                        handover,
                        () -> settings.id() + "/" + UUID.randomUUID(),
                        blocking,
                        wake,
                        new SplittableRandom(),
                        counters);
        this.runner = new DutyRunner("baton-dispatcher-" + settings.id(), duty);
        wake.aimAt(runner);
    }

    /// Connects, checks the store and begins.
    ///
    /// @throws dev.baton.redis.RedisUnreachableException if the source or the store does not answer
    /// @throws dev.baton.redis.UnfitStoreException if the store may not hold a slice, or holds another number of slices,
    ///     or the stream has another transport
    public static Dispatcher start(DispatcherSettings settings) {
        List<SliceKeys> keys = SliceKeys.of(settings.stream(), settings.slices());
        String clientName = "baton-dispatcher-" + settings.id();
        RedisConnector storeConnector = new RedisConnector(settings.store(), clientName);
        RedisConnector sourceConnector = new RedisConnector(settings.source(), clientName);
        try {
            StoreCheck.check(storeConnector, SliceKeys.types(keys));
            SliceKeys former =
                    SliceCount.check(storeConnector, settings.stream(), settings.slices());
            TransportCheck.check(storeConnector, keys, settings.transport());
            RedisHandover handover =
                    former == null
                            ? null
                            : RedisHandover.open(storeConnector, former, settings.transport());
            sourceConnector.connect().close();
            Dispatcher dispatcher =
                    new Dispatcher(
                            settings,
                            sourceConnector,
                            storeConnector,
                            RedisSlice.forDispatcher(
                                    storeConnector,
                                    keys,
                                    settings.transport(),
                                    settings.confirmReplicas() > 0),
                            handover);
            dispatcher.runner.start();
            return dispatcher;
        } catch (RuntimeException e) {
            sourceConnector.close();
            storeConnector.close();
            throw e;
        }
    }

    /// Completes when the dispatcher has stopped, exceptionally if it failed.
    public CompletableFuture<Void> finished() {
        return runner.finished();
    }

    /// What it did so far.
    public DispatcherFigures figures() {
        return counters.figures();
    }

    /// Brings what it heard into lanes, resigns and stops; takes at most a few seconds.
    @Override
    public void close() {
        duty.stop();
        try {
            if (!runner.awaitFinish(CLOSE_TIMEOUT)) {
                log.warn(
                        "the store did not answer in time; what was not dispatched will be declared as a gap");
                runner.abandon();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        slices.forEach(RedisSlice::close);
        if (handover != null) {
            handover.close();
        }
        sourceConnector.close();
        storeConnector.close();
        blocking.shutdownNow();
    }
}
