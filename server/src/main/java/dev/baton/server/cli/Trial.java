package dev.baton.server.cli;

import dev.baton.MessageProcessor;
import dev.baton.dispatch.Dispatcher;
import dev.baton.dispatch.DispatcherFigures;
import dev.baton.dispatch.DispatcherSettings;
import dev.baton.worker.Worker;
import dev.baton.worker.WorkerFigures;
import dev.baton.worker.WorkerSettings;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/// The roles of one `run`, in this process. One thread starts and ends them; the figures may be read by any.
final class Trial implements AutoCloseable {

    /// How long the first election may take beyond a lease before the load starts all the same.
    private static final Duration ELECTION_SLACK = Duration.ofSeconds(5);

    private final List<Worker> workers = new CopyOnWriteArrayList<>();
    private final List<Dispatcher> dispatchers = new CopyOnWriteArrayList<>();

    void startWorker(WorkerSettings settings, MessageProcessor processor) {
        workers.add(Worker.start(settings, processor));
    }

    void startDispatcher(DispatcherSettings settings) {
        dispatchers.add(Dispatcher.start(settings));
    }

    /// Waits until every slice is led; not at all if there is no dispatcher, and not for ever.
    void awaitLeaders(int slices, Duration lease, Termination termination)
            throws InterruptedException {
        long deadline = System.nanoTime() + lease.plus(ELECTION_SLACK).toNanos();
        while (!dispatchers.isEmpty()
                && ofDispatchers(DispatcherFigures::led) < slices
                && System.nanoTime() < deadline
                && !termination.requested()) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    /// A figure over all dispatchers.
    long ofDispatchers(ToLongFunction<DispatcherFigures> figure) {
        return dispatchers.stream().mapToLong(one -> figure.applyAsLong(one.figures())).sum();
    }

    /// How many slices each dispatcher leads, in the order in which they were started.
    List<Integer> leadership() {
        return dispatchers.stream().map(one -> one.figures().led()).toList();
    }

    /// A figure over all workers.
    long ofWorkers(ToLongFunction<WorkerFigures> figure) {
        return workers.stream().mapToLong(one -> figure.applyAsLong(one.figures())).sum();
    }

    /// Hands over, then finishes what the lanes hold.
    void drain(Duration timeout) throws InterruptedException {
        dispatchers.forEach(Dispatcher::close);
        for (Worker one : workers) {
            var _ = one.drain(timeout);
        }
    }

    @Override
    public void close() {
        dispatchers.forEach(Trial::closeQuietly);
        workers.forEach(Trial::closeQuietly);
    }

    /// One that cannot be closed must not keep the others open.
    private static void closeQuietly(AutoCloseable one) {
        try {
            one.close();
        } catch (Exception e) {
            System.err.println("baton: closing failed: " + e.getMessage());
        }
    }
}
