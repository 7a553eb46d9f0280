package dev.baton.pipeline;

import dev.baton.MessageProcessor;
import dev.baton.dispatch.Dispatcher;
import dev.baton.dispatch.DispatcherSettings;
import dev.baton.redis.RedisAddress;
import dev.baton.slice.Transport;
import dev.baton.source.Listening;
import dev.baton.worker.Expiry;
import dev.baton.worker.RetryPolicy;
import dev.baton.worker.Worker;
import dev.baton.worker.WorkerSettings;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/// A dispatcher and a worker in this program.
///
/// ```java
/// try (Pipeline pipeline = Pipeline.on("redis://127.0.0.1:6379")
///         .channel("orders")
///         .stream("orders:done")
///         .processor(message -> Outcome.emit(enrich(message.payload())))
///         .start()) {
///     …
/// }
/// ```
///
/// Several programs may run the same pipeline: one dispatcher leads, all workers share the work. Thread-safe.
public final class Pipeline implements AutoCloseable {

    private final Dispatcher dispatcher;
    private final Worker worker;

    private Pipeline(Dispatcher dispatcher, Worker worker) {
        this.dispatcher = dispatcher;
        this.worker = worker;
    }

    /// Begins to describe a pipeline.
    ///
    /// @param redis the server that is source and store, such as `redis://127.0.0.1:6379`
    /// @throws IllegalArgumentException if that is no Redis address
    public static Builder on(String redis) {
        return new Builder(RedisAddress.parse(redis));
    }

    /// The dispatcher, for its figures.
    public Dispatcher dispatcher() {
        return dispatcher;
    }

    /// The worker, for its figures.
    public Worker worker() {
        return worker;
    }

    /// Hands over, drains, stops; takes at most a few seconds a role.
    @Override
    public void close() {
        try {
            dispatcher.close();
        } finally {
            worker.close();
        }
    }

    /// Describes a pipeline; what is not named keeps its documented default. Not thread-safe.
    public static final class Builder {
        private final WorkerSettings.Builder worker;
        private final DispatcherSettings.Builder dispatcher;
        private String channel = "messages:published";
        private boolean sharded;
        private MessageProcessor processor = MessageProcessor.passOn();

        private Builder(RedisAddress redis) {
            String id = "embedded-" + UUID.randomUUID();
            worker = WorkerSettings.builder(id, redis);
            dispatcher = DispatcherSettings.builder(id, redis);
        }

        /// The channel to listen to; `messages:published` by default.
        public Builder channel(String name) {
            channel = name;
            return this;
        }

        /// Listens to a sharded channel, to which `SPUBLISH` publishes.
        public Builder sharded() {
            sharded = true;
            return this;
        }

        /// The output stream; `messages:processed` by default.
        public Builder stream(String name) {
            worker.stream(name);
            dispatcher.stream(name);
            return this;
        }

        /// How many slices the work is shared out to, the same in all programs; 1 by default.
        public Builder slices(int number) {
            worker.slices(number);
            dispatcher.slices(number);
            return this;
        }

        /// How entries get to workers, the same in all programs; [Transport#LISTS] by default.
        public Builder transport(Transport how) {
            worker.transport(how);
            dispatcher.transport(how);
            return this;
        }

        /// The name of dispatcher and worker, unique among running ones; random by default.
        public Builder id(String name) {
            worker.id(name);
            dispatcher.id(name);
            return this;
        }

        /// How many messages are processed at once, for processors that wait; 1 by default.
        public Builder concurrency(int messages) {
            worker.concurrency(messages);
            return this;
        }

        /// How long one message may take before its processor counts as hung; 30 s by default.
        public Builder processTimeout(Duration timeout) {
            worker.processTimeout(timeout);
            return this;
        }

        /// How often and when a message is tried again; [RetryPolicy#USUAL] by default.
        public Builder retries(RetryPolicy policy) {
            worker.retries(policy);
            return this;
        }

        /// What becomes of messages that waited too long; [Expiry#NEVER] by default.
        public Builder expiry(Expiry policy) {
            worker.expiry(policy);
            return this;
        }

        /// Any other setting of the worker.
        public Builder worker(Consumer<WorkerSettings.Builder> change) {
            change.accept(worker);
            return this;
        }

        /// Any other setting of the dispatcher; `listening` is overwritten by [#channel].
        public Builder dispatcher(Consumer<DispatcherSettings.Builder> change) {
            change.accept(dispatcher);
            return this;
        }

        /// The work; passes messages on by default.
        public Builder processor(MessageProcessor work) {
            processor = work;
            return this;
        }

        private Listening listening() {
            List<String> one = List.of(channel);
            return sharded ? new Listening.Sharded(one) : new Listening.Channels(one);
        }

        /// Connects and starts both roles.
        ///
        /// @throws IllegalArgumentException if a setting is out of its range
        /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
        /// @throws dev.baton.redis.UnfitStoreException if it may not hold a slice
        public Pipeline start() {
            DispatcherSettings settings = dispatcher.listening(listening()).build();
            Worker running = Worker.start(worker.build(), processor);
            try {
                return new Pipeline(Dispatcher.start(settings), running);
            } catch (RuntimeException e) {
                running.close();
                throw e;
            }
        }
    }
}
