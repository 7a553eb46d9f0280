package dev.baton.server.processor;

import dev.baton.Message;
import dev.baton.MessageProcessor;
import dev.baton.Outcome;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Posts several messages in one request, as a JSON array of their payloads. Each message's thread waits for its part of the
/// answer. A message that is tried again goes alone, so that one which the service cannot bear takes no others along.
/// Thread-safe.
final class HttpBatches implements MessageProcessor, AutoCloseable {

    /// The payloads of one request have no more bytes together, unless it is one payload.
    private static final int MAX_BYTES = 8 << 20;

    private final HttpSettings settings;
    private final Poster poster;
    private final Verdict verdict;
    private final BatchAnswer answers;
    private final ReentrantLock lock = new ReentrantLock();

    /// What still takes messages; guarded by the lock.
    private @Nullable Batch open;

    HttpBatches(HttpSettings settings, Poster poster, Verdict verdict) {
        this.settings = settings;
        this.poster = poster;
        this.verdict = verdict;
        this.answers = new BatchAnswer(settings.maxResponseBytes());
    }

    @Override
    public Outcome process(Message message) throws InterruptedException {
        if (message.attempt() > 1) {
            return send(List.of(message)).getFirst();
        }
        Batch batch;
        int place;
        lock.lock();
        try {
            batch = openFor(message);
            place = batch.add(message);
        } finally {
            lock.unlock();
        }
        return batch.await(place);
    }

    private Batch openFor(Message message) {
        Batch current = open;
        if (current != null && current.bytes + message.payload().length > MAX_BYTES) {
            current.shut();
            current = null;
        }
        if (current == null) {
            current = new Batch();
            open = current;
            current.thread.start();
        }
        return current;
    }

    private List<Outcome> send(List<Message> messages) throws InterruptedException {
        Answer answer = poster.post(array(messages), headers(messages));
        int count = messages.size();
        if (!(answer instanceof Answer.Given given && given.isSuccess())) {
            return all(
                    count,
                    count > 1 && Verdict.isFinal(answer)
                            ? Outcome.retry(
                                    "the service refused a request with several messages; each is tried alone")
                            : verdict.without(answer));
        }
        if (settings.emit() == HttpSettings.Emit.message) {
            return all(count, Outcome.passOn());
        }
        if (given.tooLong()) {
            return all(
                    count,
                    Outcome.retry(
                            "the service answered with more than "
                                    + settings.maxResponseBytes()
                                    + " bytes"));
        }
        try {
            return answers.read(given.body(), count);
        } catch (BatchAnswer.IllAnswerException e) {
            return all(count, Outcome.retry("an ill answer of the service: " + e.getMessage()));
        }
    }

    private static List<Outcome> all(int count, Outcome outcome) {
        return Collections.nCopies(count, outcome);
    }

    private static byte[] array(List<Message> messages) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (Message message : messages) {
            body.write(body.size() == 0 ? '[' : ',');
            body.writeBytes(message.payload());
        }
        body.write(']');
        return body.toByteArray();
    }

    private static Map<String, String> headers(List<Message> messages) {
        return Map.of(
                "Baton-Position",
                joined(messages, message -> message.position().toString()),
                "Baton-Attempt",
                joined(messages, message -> Integer.toString(message.attempt())));
    }

    private static String joined(List<Message> messages, Function<Message, String> part) {
        return messages.stream().map(part).collect(Collectors.joining(", "));
    }

    @Override
    public void close() {
        poster.close();
    }

    /// Messages on their way together.
    private final class Batch implements Runnable {
        private final Thread thread = Thread.ofVirtual().name("baton-http-batch").unstarted(this);
        private final CountDownLatch shut = new CountDownLatch(1);
        private final CompletableFuture<List<Outcome>> outcomes = new CompletableFuture<>();

        /// Guarded by the lock, as are the two below.
        private final List<Message> messages = new ArrayList<>();

        private int bytes;
        private int given;

        private int add(Message message) {
            messages.add(message);
            bytes += message.payload().length;
            if (messages.size() == settings.batch()) {
                shut();
            }
            return messages.size() - 1;
        }

        /// Takes no more; the lock is held.
        private void shut() {
            if (open == this) {
                open = null;
            }
            shut.countDown();
        }

        Outcome await(int place) throws InterruptedException {
            try {
                return outcomes.get().get(place);
            } catch (InterruptedException e) {
                leave();
                throw e;
            } catch (ExecutionException e) {
                return Outcome.retry("the request failed: " + e.getMessage());
            }
        }

        /// Its message's worker lost the lane. When nobody waits any more, the request is given up.
        private void leave() {
            lock.lock();
            try {
                given++;
                if (given == messages.size()) {
                    shut();
                    thread.interrupt();
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void run() {
            try {
                var _ = shut.await(settings.linger().toNanos(), TimeUnit.NANOSECONDS);
                outcomes.complete(send(taken()));
            } catch (Throwable e) {
                // Nobody may wait for ever.
                outcomes.completeExceptionally(e);
            }
        }

        private List<Message> taken() {
            lock.lock();
            try {
                shut();
                return List.copyOf(messages);
            } finally {
                lock.unlock();
            }
        }
    }
}
