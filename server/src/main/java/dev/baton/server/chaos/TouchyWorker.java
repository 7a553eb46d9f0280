package dev.baton.server.chaos;

import dev.baton.Message;
import dev.baton.MessageProcessor;
import dev.baton.Outcome;
import dev.baton.redis.RedisAddress;
import dev.baton.slice.Transport;
import dev.baton.worker.RetryPolicy;
import dev.baton.worker.Worker;
import dev.baton.worker.WorkerSettings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A worker process whose processor does to itself what a message asks for: the programs with bugs that users write.
final class TouchyWorker {

    /// A poisoned message is to be over soon, and tried more than once.
    private static final RetryPolicy RETRIES =
            new RetryPolicy(2, Duration.ofMillis(100), Duration.ofMillis(200));

    private static final int MAX_PAYLOAD_BYTES = 1 << 20;
    private static final int EXIT = 9;
    private static final Duration DRAIN = Duration.ofSeconds(10);

    /// What a message may ask for, after these words.
    static final String ORDER = "\"order\":\"";

    private static final Duration AGAIN_AFTER = Duration.ofMillis(300);
    private static final Duration SLOW_STEP = Duration.ofMillis(10);

    private static volatile long slowUntilNanos = System.nanoTime();

    private TouchyWorker() {}

    /// @param args id, stream, slices, and in milliseconds the beat, how long a message may take and how long a slow spell
    ///     lasts, the transport; the store comes from the environment as for every role
    public static void main(String[] args) throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform()
                                .name("baton-shutdown")
                                .unstarted(() -> endInOrder(asked, done)));
        WorkerSettings settings =
                WorkerSettings.builder(
                                args[0],
                                RedisAddress.parse(String.valueOf(System.getenv("BATON_STORE"))))
                        .stream(args[1])
                        .slices(Integer.parseInt(args[2]))
                        .maxPayloadBytes(MAX_PAYLOAD_BYTES)
                        .beat(millis(args[3]))
                        .processTimeout(millis(args[4]))
                        .retries(RETRIES)
                        .transport(Transport.valueOf(args[6]))
                        .build();
        Duration slowSpell = millis(args[5]);
        try (Worker worker = Worker.start(settings, obeying(slowSpell))) {
            asked.await();
            var _ = worker.drain(DRAIN);
        } finally {
            done.countDown();
        }
    }

    private static Duration millis(String text) {
        return Duration.ofMillis(Long.parseLong(text));
    }

    private static void endInOrder(CountDownLatch asked, CountDownLatch done) {
        asked.countDown();
        try {
            if (done.await(2 * DRAIN.toSeconds(), TimeUnit.SECONDS)) {
                Runtime.getRuntime().halt(0);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static MessageProcessor obeying(Duration slowSpell) {
        return message -> {
            String order = order(message);
            obey(order, slowSpell);
            if (System.nanoTime() - slowUntilNanos < 0) {
                Thread.sleep(SLOW_STEP);
            }
            return outcome(order, message);
        };
    }

    private static Outcome outcome(String order, Message message) {
        return switch (order) {
            case "again" ->
                    message.attempt() == 1
                            ? Outcome.retry(AGAIN_AFTER, "as the message asked")
                            : Outcome.passOn();
            case "reject" -> Outcome.reject("refused", "as the message asked");
            default -> Outcome.passOn();
        };
    }

    private static String order(Message message) {
        String text = new String(message.payload(), StandardCharsets.ISO_8859_1);
        int from = text.indexOf(ORDER);
        if (from < 0) {
            return "";
        }
        int to = text.indexOf('"', from + ORDER.length());
        return text.substring(from + ORDER.length(), to < 0 ? text.length() : to);
    }

    private static void obey(String order, Duration slowSpell) {
        switch (order) {
            case "throw" -> throw new IllegalStateException("as the message asked");
            case "overflow" -> overflow(0);
            case "exit" -> Runtime.getRuntime().halt(EXIT);
            case "loop" -> loop();
            case "slow" -> slowUntilNanos = System.nanoTime() + slowSpell.toNanos();
            default -> {}
        }
    }

    /// Never returns, whoever interrupts it. It sleeps, for one that spins would only show how many processors the machine
    /// has.
    @SuppressWarnings("InfiniteLoopStatement") // that is its purpose
    private static void loop() {
        while (true) {
            try {
                Thread.sleep(SLOW_STEP);
            } catch (InterruptedException e) {
                // As broken programs do.
            }
        }
    }

    @SuppressWarnings("InfiniteRecursion") // that is its purpose
    private static int overflow(int depth) {
        return overflow(depth + 1) + 1;
    }
}
