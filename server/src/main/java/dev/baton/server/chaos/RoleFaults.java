package dev.baton.server.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// What is done to the processes themselves. Every fault returns only when its cause is gone; the consequences may last.
final class RoleFaults {

    private static final Duration CLOCK_OFF = Duration.ofHours(1);
    private static final Duration MARGIN = Duration.ofMillis(500);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(15);

    private RoleFaults() {}

    static String killLeader(Ground ground, SplittableRandom dice) throws InterruptedException {
        Child leader = ground.leader(dice);
        leader.kill();
        ground.sleep(ground.settings().restartAfter());
        leader.restart();
        return leader.id() + " killed";
    }

    static String killWorker(Ground ground, SplittableRandom dice) throws InterruptedException {
        Child worker = Chance.any(ground.fleet().workers(), dice);
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

    static String pauseLeader(Ground ground, SplittableRandom dice) throws InterruptedException {
        Child leader = ground.leader(dice);
        Duration pause =
                ground.settings()
                        .lease()
                        .plus(ground.settings().beat().multipliedBy(2))
                        .plus(Chance.upTo(MARGIN, dice));
        pause(ground, leader, pause);
        return leader.id() + " stood still for " + pause.toMillis() + " ms";
    }

    static String pauseWorker(Ground ground, SplittableRandom dice) throws InterruptedException {
        Child worker = Chance.any(ground.fleet().workers(), dice);
        Duration pause =
                ground.settings()
                        .workerTimeout()
                        .plus(ground.settings().beat().multipliedBy(2))
                        .plus(Chance.upTo(MARGIN, dice));
        pause(ground, worker, pause);
        return worker.id() + " stood still for " + pause.toMillis() + " ms";
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

    static String gracefulRestart(Ground ground, SplittableRandom dice)
            throws InterruptedException {
        Child leader = ground.leader(dice);
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
            ground.awaitWhole();
            ground.await(
                    () -> ground.leads().staffed(ground.settings().workers()),
                    "every worker to have joined");
        }
        if (!bad.isEmpty()) {
            throw new IllegalStateException(String.join(", ", bad));
        }
        return all.size() + " processes";
    }

    /// Nobody may notice: neither the lead nor a lane changes hands, though each jump lasts longer than the time-outs.
    static String clockJump(Ground ground, SplittableRandom dice) throws InterruptedException {
        ground.await(
                () -> ground.leads().spread(ground.settings().dispatchers()),
                "leads to be spread evenly");
        Child victim =
                dice.nextBoolean()
                        ? ground.leader(dice)
                        : Chance.any(ground.fleet().workers(), dice);
        ChaosSettings settings = ground.settings();
        Duration stays = settings.workerTimeout().plus(settings.beat().multipliedBy(2));
        Map<String, Long> before = ground.leads().epochs(ground.fleet().workers());
        for (Duration off : List.of(CLOCK_OFF, CLOCK_OFF.negated(), Duration.ZERO)) {
            ground.fleet().setClock(victim, off);
            String said = ClockShim.said(off.toSeconds());
            ground.await(() -> victim.lastSaid(ClockShim.SAID).endsWith(said), "a clock to move");
            ground.sleep(off.isZero() ? settings.beat() : stays);
        }
        Map<String, Long> after = ground.leads().epochs(ground.fleet().workers());
        if (!before.equals(after)) {
            throw new IllegalStateException(
                    "the clock of %s moved, and so did something else: epochs %s, then %s"
                            .formatted(victim.id(), before, after));
        }
        return victim.id() + ": " + CLOCK_OFF.toMinutes() + " minutes forward, back";
    }
}
