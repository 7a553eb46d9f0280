package dev.baton.server.chaos;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Messages that are hard on whoever takes them. Every fault returns only when its cause is gone; the consequences may last.
final class MessageFaults {

    /// How long one message may take before its processor counts as hung.
    static final Duration PROCESS_TIMEOUT = Duration.ofSeconds(2);

    /// How long a worker stays slow.
    static final Duration SLOW_SPELL = Duration.ofSeconds(8);

    /// After so many lost workers a message is buried.
    private static final int MOST_CRASHES = 3;

    private static final long TOO_LARGE_BYTES = 20 << 20;
    private static final int DEPTH = 200_000;
    private static final int DIGITS = 100_000;

    private MessageFaults() {}

    static String badInput(Ground ground, SplittableRandom dice) throws InterruptedException {
        int tooLarge = tooLargeBytes(ground.settings());
        List<java.util.function.Function<String, byte[]>> corpus =
                List.of(
                        id -> Ground.bytes("no JSON at all " + id + " "),
                        id -> Ground.bytes("{\"message_id\":\"" + id + "\",\"data\":"),
                        id -> Ground.bytes("[".repeat(DEPTH) + "\"" + id + "\""),
                        id -> Ground.bytes("{\"data\":\"" + id + "\"}"),
                        id -> Ground.bytes("{\"message_id\":\"" + id + "\",\"message_id\":\"\"}"),
                        id ->
                                Ground.bytes(
                                        "{\"message_id\":\""
                                                + id
                                                + "\",\"data\":"
                                                + "9".repeat(DIGITS)
                                                + "}"),
                        id -> Ground.bytes("{\"message_id\":{},\"data\":\"" + id + "\"}"),
                        id -> Ground.bytes("{\"message_id\":\"\",\"data\":\"" + id + "\"}"),
                        id ->
                                ("{\"message_id\":\"" + id + "\",\"data\":\"\u00c3(\u00ff\"}")
                                        .getBytes(StandardCharsets.ISO_8859_1),
                        id -> Ground.bytes("{\"message_id\":\"" + id + "\"} trailing"),
                        id ->
                                Ground.bytes(
                                        "{\"message_id\":\""
                                                + id
                                                + "\",\"data\":\""
                                                + "x".repeat(tooLarge)
                                                + "\"}"));
        Map<String, String> before = ground.newestDead();
        for (var message : corpus) {
            var _ = ground.load().add(message);
        }
        ground.await(
                () -> ground.buriedSince(before, "too-large"), "the largest message to be buried");
        return corpus.size() + " messages";
    }

    /// A message that ends its worker does so until it is buried, and each time somebody starts the worker again.
    static String poison(Ground ground, SplittableRandom dice) throws InterruptedException {
        Map<String, String> before = ground.newestDead();
        for (String order : List.of("throw", "overflow", "exit")) {
            var _ = ground.load().add(id -> order(id, order));
        }
        int[] restarts = {0};
        ground.await(
                () -> {
                    boolean buried = ground.buriedSince(before, "crashed");
                    restarts[0] += restartDead(ground);
                    return buried;
                },
                untilBuried(ground.settings()),
                "the message that ends its worker to be buried");
        return "3 messages, " + restarts[0] + " workers started again";
    }

    private static int restartDead(Ground ground) {
        int restarts = 0;
        for (Child worker : ground.fleet().workers()) {
            if (!worker.alive()) {
                worker.restart();
                restarts++;
            }
        }
        return restarts;
    }

    /// Beside it what comes meanwhile has to fit into a dispatcher's buffer.
    private static int tooLargeBytes(ChaosSettings settings) {
        return (int) Math.min(TOO_LARGE_BYTES, settings.bufferBytes() * 5 / 8);
    }

    /// A message that each time costs a worker its lane.
    private static Duration untilBuried(ChaosSettings settings) {
        return settings.workerTimeout()
                .plus(PROCESS_TIMEOUT)
                .plus(settings.beat().multipliedBy(2))
                .multipliedBy(MOST_CRASHES)
                .plus(settings.slack());
    }

    private static byte[] order(String id, String order) {
        return Ground.bytes("{\"message_id\":\"" + id + "\"," + TouchyWorker.ORDER + order + "\"}");
    }

    static String endlessLoop(Ground ground, SplittableRandom dice) throws InterruptedException {
        Map<String, String> before = ground.newestDead();
        long began = System.nanoTime();
        var _ = ground.load().add(id -> order(id, "loop"));
        ground.await(
                () -> ground.buriedSince(before, "crashed"),
                untilBuried(ground.settings()),
                "the message to be buried");
        return "buried after " + Duration.ofNanos(System.nanoTime() - began).toMillis() + " ms";
    }

    /// The processor takes its time and is well otherwise: nothing is to be taken from its worker.
    static String slowWorker(Ground ground, SplittableRandom dice) throws InterruptedException {
        var _ = ground.load().addFit(id -> order(id, "slow"));
        ground.sleep(SLOW_SPELL);
        return "for " + SLOW_SPELL.toMillis() + " ms";
    }
}
