package dev.baton.server.chaos;

import dev.baton.server.embedded.EmbeddedRedis;
import io.lettuce.core.RedisException;
import java.time.Duration;
import java.util.SplittableRandom;

/// What is done to a single store. Every fault returns only when its cause is gone; the consequences may last.
final class StoreFaults {

    static final Duration LONG_PAUSE = Duration.ofSeconds(5);
    static final Duration MEMORY_SHORT = Duration.ofSeconds(1);
    static final Duration DISK_FULL = Duration.ofSeconds(1);
    static final Duration SCRIPT_RUNS = Duration.ofSeconds(2);

    /// How often the store tries again whether its disk has room.
    static final Duration DISK_RETRY = Duration.ofSeconds(1);

    private static final long FILE_ROOM_BYTES = 64 << 10;
    private static final int SCRIPT_FLUSHES = 50;

    private StoreFaults() {}

    static String pauseStore(Ground ground, SplittableRandom dice) throws InterruptedException {
        return pauseStore(
                ground,
                ground.settings()
                        .lease()
                        .dividedBy(2)
                        .plus(Chance.upTo(ground.settings().lease().dividedBy(2), dice)));
    }

    private static String pauseStore(Ground ground, Duration pause) throws InterruptedException {
        long pid = ground.storeServer().pid();
        Signals.send("STOP", pid);
        try {
            ground.sleep(pause);
        } finally {
            Signals.send("CONT", pid);
        }
        return "the store stood still for " + pause.toMillis() + " ms";
    }

    static String pauseStoreLong(Ground ground, SplittableRandom dice) throws InterruptedException {
        return pauseStore(ground, LONG_PAUSE);
    }

    static String killStore(Ground ground, SplittableRandom dice) throws InterruptedException {
        EmbeddedRedis store = ground.storeServer();
        store.kill();
        ground.sleep(ground.settings().restartAfter());
        store.restart();
        return "killed, back after " + ground.settings().restartAfter().toMillis() + " ms";
    }

    static String flushStore(Ground ground, SplittableRandom dice) {
        ground.store().flushall();
        return "emptied";
    }

    static String flushScripts(Ground ground, SplittableRandom dice) throws InterruptedException {
        for (int i = 0; i < SCRIPT_FLUSHES; i++) {
            ground.store().scriptFlush();
            ground.sleep(Duration.ofMillis(5 + dice.nextInt(30)));
        }
        return SCRIPT_FLUSHES + " times";
    }

    static String outOfMemory(Ground ground, SplittableRandom dice) throws InterruptedException {
        ground.store().configSet("maxmemory", "1mb");
        try {
            ground.sleep(MEMORY_SHORT);
        } finally {
            ground.store().configSet("maxmemory", "0");
        }
        return "no memory for " + MEMORY_SHORT.toMillis() + " ms";
    }

    /// The limit of file sizes stands for the full disk: the store's write fails in the same way, and its file system is
    /// left alone.
    static String diskFull(Ground ground, SplittableRandom dice) throws InterruptedException {
        ground.await(
                () -> ground.storeInfo("persistence", "aof_rewrite_in_progress").equals("0"),
                "the store to have rewritten its file");
        FileLimit limit =
                FileLimit.set(ground.storeServer().pid(), grownBytes(ground) + FILE_ROOM_BYTES);
        try {
            awaitLastWrite(ground, "err");
            ground.sleep(DISK_FULL);
        } finally {
            limit.lift();
        }
        awaitLastWrite(ground, "ok");
        return "no write for " + DISK_FULL.toMillis() + " ms";
    }

    /// What was written since the last rewrite. Redis 7 has it in a file of its own; in Redis 6 it follows the rest in one
    /// file, which is over such a limit at once.
    private static long grownBytes(Ground ground) {
        return Long.parseLong(ground.storeInfo("persistence", "aof_current_size"))
                - Long.parseLong(ground.storeInfo("persistence", "aof_base_size"));
    }

    private static void awaitLastWrite(Ground ground, String status) throws InterruptedException {
        ground.await(
                () -> ground.storeInfo("persistence", "aof_last_write_status").equals(status),
                "the store's last write to be '" + status + "'");
    }

    static String longScript(Ground ground, SplittableRandom dice) throws InterruptedException {
        ground.store().configSet("busy-reply-threshold", "300");
        var blocked =
                Thread.ofPlatform()
                        .daemon()
                        .name("baton-chaos-script")
                        .start(() -> blockStore(ground.storeServer().uri()));
        ground.sleep(SCRIPT_RUNS);
        ground.store().scriptKill();
        blocked.join(LinkFaults.COMMAND_TIMEOUT);
        return "for " + SCRIPT_RUNS.toMillis() + " ms";
    }

    private static void blockStore(String uri) {
        try (var connector =
                        new dev.baton.redis.RedisConnector(
                                dev.baton.redis.RedisAddress.parse(uri));
                var connection = connector.connect()) {
            var _ =
                    connection
                            .sync()
                            .eval("while true do end", io.lettuce.core.ScriptOutputType.STATUS);
        } catch (RedisException e) {
            // Killed, as planned.
        }
    }
}
