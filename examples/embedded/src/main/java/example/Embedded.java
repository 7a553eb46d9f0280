package example;

import dev.baton.Emission;
import dev.baton.Message;
import dev.baton.Outcome;
import dev.baton.pipeline.Pipeline;
import dev.baton.worker.RetryPolicy;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/// A dispatcher and a worker inside another program: `orders` in, `orders:done` out.
public final class Embedded {

    private Embedded() {}

    /// @param args the Redis, `redis://127.0.0.1:6379` if none is given
    public static void main(String[] args) throws InterruptedException {
        String redis = args.length > 0 ? args[0] : "redis://127.0.0.1:6379";
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    asked.countDown();
                                    awaitQuietly(closed);
                                }));
        try (Pipeline pipeline =
                Pipeline.on(redis)
                        .channel("orders")
                        .stream("orders:done")
                        .concurrency(16)
                        .retries(
                                new RetryPolicy(
                                        5, Duration.ofMillis(200), Duration.ofMinutes(1)))
                        .processor(Embedded::process)
                        .start()) {
            System.out.println("working; Ctrl-C drains and ends");
            asked.await();
            System.out.println("committed " + pipeline.worker().figures().committed());
        } finally {
            closed.countDown();
        }
    }

    private static Outcome process(Message message) {
        if (message.id().isBlank()) {
            return Outcome.reject("blank-id", "the id has no letters");
        }
        return Outcome.emit(
                Emission.of(message.payload()).with("attempt", "" + message.attempt()),
                Emission.of("{\"seen\":\"" + message.position() + "\"}").to("audit"));
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
