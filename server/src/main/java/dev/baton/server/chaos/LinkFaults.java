package dev.baton.server.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// What proxies between the roles and their servers do. Every fault returns only when its cause is gone; the consequences may last.
final class LinkFaults {

    static final Duration RECONNECT = Duration.ofSeconds(1);
    static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(3);

    private static final Duration MARGIN = Duration.ofMillis(500);
    private static final int LOST_REPLIES = 5;

    private LinkFaults() {}

    /// The calls are planned and on their way, and stay there until somebody else leads: what a pause between planning a
    /// batch and sending it does, at a place that is known.
    static String lateDispatch(Ground ground, SplittableRandom dice) throws InterruptedException {
        String stream = Chance.any(ground.streams(), dice);
        Child leader = ground.leader(stream);
        long epoch = ground.leads().epoch(stream);
        Proxy proxy = ground.fleet().proxies(leader).store();
        LateCalls late = new LateCalls(ground.load().idPrefix());
        proxy.stop(Proxy.Direction.REQUESTS);
        try {
            ground.await(() -> ground.leads().epoch(stream) > epoch, "another leader");
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

    static String lostReply(Ground ground, SplittableRandom dice) throws InterruptedException {
        List<String> who = new ArrayList<>();
        for (int i = 0; i < LOST_REPLIES; i++) {
            Child victim =
                    dice.nextBoolean()
                            ? ground.leader(dice)
                            : Chance.any(ground.fleet().workers(), dice);
            ground.fleet().proxies(victim).store().swallowRepliesAfter(dice.nextInt(200));
            who.add(victim.id());
            ground.sleep(Duration.ofMillis(50 + dice.nextInt(150)));
        }
        return "of " + String.join(", ", who);
    }

    static String halfOpen(Ground ground, SplittableRandom dice) throws InterruptedException {
        Child leader = ground.leader(dice);
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
}
