package dev.baton.server.chaos;

import dev.baton.server.embedded.EmbeddedRedis;
import io.lettuce.core.RedisException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// How each fault is done and undone. Every one returns only when its cause is gone; the consequences may last.
final class Injections {

    static final Duration RECONNECT = Duration.ofSeconds(1);
    static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(3);
    static final Duration LONG_PAUSE = Duration.ofSeconds(5);
    static final Duration MEMORY_SHORT = Duration.ofSeconds(1);
    static final Duration DISK_FULL = Duration.ofSeconds(1);
    static final Duration REVOKED = Duration.ofSeconds(2);
    static final Duration SCRIPT_RUNS = Duration.ofSeconds(2);

    /// How often the store tries again whether its disk has room.
    static final Duration DISK_RETRY = Duration.ofSeconds(1);

    /// How long one message may take before its processor counts as hung.
    static final Duration PROCESS_TIMEOUT = Duration.ofSeconds(2);

    /// How long a worker stays slow.
    static final Duration SLOW_SPELL = Duration.ofSeconds(8);

    private static final Duration CLOCK_OFF = Duration.ofHours(1);
    private static final long FILE_ROOM_BYTES = 64 << 10;

    /// After so many lost workers a message is buried.
    private static final int MOST_CRASHES = 3;

    private static final Duration POISON_WORKS = Duration.ofSeconds(8);
    private static final Duration MARGIN = Duration.ofMillis(500);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(15);
    private static final int BIG_MEGABYTES = 31;
    private static final int TOO_BIG_MEGABYTES = 33;
    private static final int TOO_LARGE_BYTES = 20 << 20;
    private static final int DEPTH = 200_000;
    private static final int DIGITS = 100_000;
    private static final int SCRIPT_FLUSHES = 50;
    private static final int LOST_REPLIES = 5;
    private static final int FORGERIES = 40;
    private static final int MAX_REPLAYED = 200;
    private static final String OUR_DISPATCHERS = "baton-dispatcher-d\\d+";

    private Injections() {}

    static String killLeader(Ground ground, SplittableRandom dice) throws InterruptedException {
        Child leader = ground.leader();
        leader.kill();
        ground.sleep(ground.settings().restartAfter());
        leader.restart();
        return leader.id() + " killed";
    }

    static String killWorker(Ground ground, SplittableRandom dice) throws InterruptedException {
        Child worker = any(ground.fleet().workers(), dice);
        worker.kill();
        ground.sleep(ground.settings().restartAfter());
        if (dice.nextBoolean()) {
            worker.restart();
            return worker.id() + " killed, back under its name";
        }
        ground.fleet().forget(worker);
        Child fresh = ground.fleet().startWorker();
        return worker.id() + " killed for good, " + fresh.id() + " new";
    }

    static String pauseLeader(Ground ground, SplittableRandom dice) throws InterruptedException {
        Child leader = ground.leader();
        Duration pause =
                ground.settings()
                        .lease()
                        .plus(ground.settings().beat().multipliedBy(2))
                        .plus(chance(MARGIN, dice));
        pause(ground, leader, pause);
        return leader.id() + " stood still for " + pause.toMillis() + " ms";
    }

    static String pauseWorker(Ground ground, SplittableRandom dice) throws InterruptedException {
        Child worker = any(ground.fleet().workers(), dice);
        Duration pause =
                ground.settings()
                        .workerTimeout()
                        .plus(ground.settings().beat().multipliedBy(2))
                        .plus(chance(MARGIN, dice));
        pause(ground, worker, pause);
        return worker.id() + " stood still for " + pause.toMillis() + " ms";
    }

    /// The calls are planned and on their way, and stay there until somebody else leads: what a pause between planning a
    /// batch and sending it does, at a place that is known.
    static String lateDispatch(Ground ground, SplittableRandom dice) throws InterruptedException {
        Child leader = ground.leader();
        long epoch = ground.epoch();
        Proxy proxy = ground.fleet().proxies(leader).store();
        LateCalls late = new LateCalls(ground.load().idPrefix());
        proxy.stop(Proxy.Direction.REQUESTS);
        try {
            ground.await(() -> ground.epoch() > epoch, "another leader");
        } finally {
            proxy.watch(late);
            proxy.resume(Proxy.Direction.REQUESTS);
        }
        try {
            ground.await(
                    () -> late.messages() > 0 && late.refusals() > 0,
                    "the late calls to be refused");
            ground.sleep(ground.settings().beat());
        } finally {
            proxy.unwatch();
        }
        if (late.admissions() > 0) {
            throw new IllegalStateException(
                    late.admissions() + " late calls were not refused for who sent them");
        }
        return "%s: %d messages came late, %d calls refused"
                .formatted(leader.id(), late.messages(), late.refusals());
    }

    private static void pause(Ground ground, Child child, Duration pause)
            throws InterruptedException {
        child.pause();
        try {
            ground.sleep(pause);
        } finally {
            child.resume();
        }
    }

    static String cutLeader(Ground ground, SplittableRandom dice) throws InterruptedException {
        Child leader = ground.leader();
        int cut = ground.cutSubscriptions("baton-dispatcher-" + leader.id());
        return leader.id() + ": " + cut + " subscription cut";
    }

    static String cutAll(Ground ground, SplittableRandom dice) {
        return ground.cutSubscriptions(OUR_DISPATCHERS) + " subscriptions cut";
    }

    static String bigMessage(Ground ground, SplittableRandom dice) {
        int megabytes = dice.nextBoolean() ? BIG_MEGABYTES : TOO_BIG_MEGABYTES;
        ground.load()
                .add(
                        id -> {
                            byte[] message = new byte[megabytes << 20];
                            Arrays.fill(message, (byte) 'x');
                            byte[] head = Ground.bytes(id + ",");
                            System.arraycopy(head, 0, message, 0, head.length);
                            return message;
                        });
        return megabytes + " MB published";
    }

    static String killAllDispatchers(Ground ground, SplittableRandom dice)
            throws InterruptedException {
        List<Child> dispatchers = ground.fleet().dispatchers();
        dispatchers.forEach(Child::kill);
        ground.sleep(ground.settings().restartAfter());
        int first = dice.nextInt(dispatchers.size());
        ground.timeStart(dispatchers.get(first));
        for (int i = 0; i < dispatchers.size(); i++) {
            if (i != first) {
                dispatchers.get(i).restart();
            }
        }
        return "all "
                + dispatchers.size()
                + " killed, "
                + dispatchers.get(first).id()
                + " first back";
    }

    static String pauseStore(Ground ground, SplittableRandom dice) throws InterruptedException {
        return pauseStore(
                ground,
                ground.settings()
                        .lease()
                        .dividedBy(2)
                        .plus(chance(ground.settings().lease().dividedBy(2), dice)));
    }

    static String pauseStoreLong(Ground ground, SplittableRandom dice) throws InterruptedException {
        return pauseStore(ground, LONG_PAUSE);
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
        long bytes = Long.parseLong(ground.storeInfo("persistence", "aof_current_size"));
        FileLimit limit = FileLimit.set(ground.storeServer().pid(), bytes + FILE_ROOM_BYTES);
        try {
            awaitLastWrite(ground, "err");
            ground.sleep(DISK_FULL);
        } finally {
            limit.lift();
        }
        awaitLastWrite(ground, "ok");
        return "no write for " + DISK_FULL.toMillis() + " ms";
    }

    private static void awaitLastWrite(Ground ground, String status) throws InterruptedException {
        ground.await(
                () -> ground.storeInfo("persistence", "aof_last_write_status").equals(status),
                "the store's last write to be '" + status + "'");
    }

    static String lostReply(Ground ground, SplittableRandom dice) throws InterruptedException {
        List<String> who = new ArrayList<>();
        for (int i = 0; i < LOST_REPLIES; i++) {
            Child victim =
                    dice.nextBoolean() ? ground.leader() : any(ground.fleet().workers(), dice);
            ground.fleet().proxies(victim).store().swallowRepliesAfter(dice.nextInt(200));
            who.add(victim.id());
            ground.sleep(Duration.ofMillis(50 + dice.nextInt(150)));
        }
        return "of " + String.join(", ", who);
    }

    static String halfOpen(Ground ground, SplittableRandom dice) throws InterruptedException {
        Child leader = ground.leader();
        Fleet.Proxies proxies = ground.fleet().proxies(leader);
        boolean atSource = dice.nextBoolean();
        Proxy.Direction direction =
                dice.nextBoolean() ? Proxy.Direction.REPLIES : Proxy.Direction.REQUESTS;
        Proxy proxy = atSource ? proxies.source() : proxies.store();
        Duration silence =
                ground.settings()
                        .lease()
                        .plus(ground.settings().beat().multipliedBy(2))
                        .plus(MARGIN);
        proxy.stop(direction);
        try {
            ground.sleep(silence);
        } finally {
            proxy.resume(direction);
        }
        return leader.id()
                + ": "
                + direction.name().toLowerCase(java.util.Locale.ROOT)
                + (atSource ? " of the source" : " of the store")
                + " silent for "
                + silence.toMillis()
                + " ms";
    }

    static String forgedMarks(Ground ground, SplittableRandom dice) throws InterruptedException {
        List<byte[]> heard = ground.recorder().heard();
        byte[] channel = Ground.bytes(ground.controlChannel());
        for (int i = 0; i < FORGERIES; i++) {
            ground.source().publish(channel, Forgery.make(heard, dice));
            ground.sleep(Duration.ofMillis(dice.nextInt(20)));
        }
        return FORGERIES + " forgeries";
    }

    static String replayedMarks(Ground ground, SplittableRandom dice) throws InterruptedException {
        List<byte[]> heard = ground.recorder().heard();
        byte[] channel = Ground.bytes(ground.controlChannel());
        int count = Math.min(MAX_REPLAYED, heard.size());
        for (int i = 0; i < count; i++) {
            byte[] message = heard.get(dice.nextInt(heard.size()));
            ground.source().publish(channel, message);
            if (dice.nextInt(4) == 0) {
                ground.sleep(Duration.ofMillis(dice.nextInt(10)));
            }
        }
        return count + " repeated" + (count == 0 ? ": nothing was said there" : "");
    }

    static String badInput(Ground ground, SplittableRandom dice) {
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
                                                + "x".repeat(TOO_LARGE_BYTES)
                                                + "\"}"));
        corpus.forEach(ground.load()::add);
        return corpus.size() + " messages";
    }

    /// A message that ends its worker does so until it is buried, and each time somebody starts the worker again.
    static String poison(Ground ground, SplittableRandom dice) throws InterruptedException {
        for (String order : List.of("throw", "overflow", "exit")) {
            ground.load().add(id -> order(id, order));
        }
        long deadline = System.nanoTime() + POISON_WORKS.toNanos();
        int restarts = 0;
        while (System.nanoTime() < deadline) {
            for (Child worker : ground.fleet().workers()) {
                if (!worker.alive()) {
                    worker.restart();
                    restarts++;
                }
            }
            ground.sleep(Duration.ofMillis(50));
        }
        return "3 messages, " + restarts + " workers started again";
    }

    private static byte[] order(String id, String order) {
        return Ground.bytes("{\"message_id\":\"" + id + "\"," + TouchyWorker.ORDER + order + "\"}");
    }

    static String endlessLoop(Ground ground, SplittableRandom dice) throws InterruptedException {
        long before = ground.deadLetters();
        long began = System.nanoTime();
        ground.load().add(id -> order(id, "loop"));
        ChaosSettings settings = ground.settings();
        Duration each =
                settings.workerTimeout()
                        .plus(PROCESS_TIMEOUT)
                        .plus(settings.beat().multipliedBy(2));
        ground.await(
                () -> ground.deadLetters() > before,
                each.multipliedBy(MOST_CRASHES).plus(settings.slack()),
                "the message to be buried");
        return "buried after " + Duration.ofNanos(System.nanoTime() - began).toMillis() + " ms";
    }

    /// The processor takes its time and is well otherwise: nothing is to be taken from its worker.
    static String slowWorker(Ground ground, SplittableRandom dice) throws InterruptedException {
        ground.load().addFit(id -> order(id, "slow"));
        ground.sleep(SLOW_SPELL);
        return "for " + SLOW_SPELL.toMillis() + " ms";
    }

    /// Nobody may notice: neither the lead nor a lane changes hands, though each jump lasts longer than the time-outs.
    static String clockJump(Ground ground, SplittableRandom dice) throws InterruptedException {
        Child victim = dice.nextBoolean() ? ground.leader() : any(ground.fleet().workers(), dice);
        ChaosSettings settings = ground.settings();
        Duration stays = settings.workerTimeout().plus(settings.beat().multipliedBy(2));
        Map<String, Long> before = ground.epochs();
        for (Duration off : List.of(CLOCK_OFF, CLOCK_OFF.negated(), Duration.ZERO)) {
            ground.fleet().setClock(victim, off);
            String said = ClockShim.said(off.toSeconds());
            ground.await(() -> victim.lastSaid(ClockShim.SAID).endsWith(said), "a clock to move");
            ground.sleep(off.isZero() ? settings.beat() : stays);
        }
        Map<String, Long> after = ground.epochs();
        if (!before.equals(after)) {
            throw new IllegalStateException(
                    "the clock of %s moved, and so did something else: epochs %s, then %s"
                            .formatted(victim.id(), before, after));
        }
        return victim.id() + ": " + CLOCK_OFF.toMinutes() + " minutes forward, back";
    }

    static String revokeChannel(Ground ground, SplittableRandom dice) throws InterruptedException {
        acl(ground, "resetchannels");
        try {
            ground.sleep(REVOKED);
        } finally {
            acl(ground, "allchannels");
        }
        return "no channel for " + REVOKED.toMillis() + " ms";
    }

    private static void acl(Ground ground, String rule) {
        var args = io.lettuce.core.AclSetuserArgs.Builder.on();
        ground.source()
                .aclSetuser(
                        ground.user(),
                        rule.equals("allchannels") ? args.allChannels() : args.resetChannels());
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
        blocked.join(COMMAND_TIMEOUT);
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

    static String gracefulRestart(Ground ground, SplittableRandom dice)
            throws InterruptedException {
        Child leader = ground.leader();
        int code = leader.stop(STOP_TIMEOUT);
        ground.sleep(ground.settings().restartAfter());
        leader.restart();
        return leader.id() + " ended with " + code + ", back";
    }

    static String rollingRestart(Ground ground, SplittableRandom dice) throws InterruptedException {
        List<Child> all = new ArrayList<>(ground.fleet().dispatchers());
        all.addAll(ground.fleet().workers());
        List<String> bad = new ArrayList<>();
        for (Child child : all) {
            int code = child.stop(STOP_TIMEOUT);
            if (code != 0) {
                bad.add(child.id() + " ended with " + code);
            }
            child.restart();
            ground.awaitSubscribers();
            ground.sleep(ground.settings().restartAfter());
        }
        return all.size() + " processes" + (bad.isEmpty() ? "" : ", " + bad);
    }

    private static Child any(List<Child> children, SplittableRandom dice) {
        return children.get(dice.nextInt(children.size()));
    }

    private static Duration chance(Duration most, SplittableRandom dice) {
        return Duration.ofMillis(dice.nextLong(most.toMillis() + 1));
    }
}
