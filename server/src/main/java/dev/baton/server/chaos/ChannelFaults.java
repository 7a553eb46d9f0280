package dev.baton.server.chaos;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/// What is done to subscriptions and to what is said on channels. Every fault returns only when its cause is gone; the consequences may last.
final class ChannelFaults {

    static final Duration REVOKED = Duration.ofSeconds(2);

    private static final int BIG_MEGABYTES = 31;
    private static final int TOO_BIG_MEGABYTES = 33;
    private static final int FORGERIES = 40;
    private static final int MAX_REPLAYED = 200;
    private static final String OUR_DISPATCHERS = "baton-dispatcher-d\\d+";

    private ChannelFaults() {}

    static String cutLeader(Ground ground, SplittableRandom dice) throws InterruptedException {
        Child leader = ground.leader(dice);
        int cut = ground.cutSubscriptions("baton-dispatcher-" + leader.id());
        return leader.id() + ": " + cut + " subscription cut";
    }

    static String cutAll(Ground ground, SplittableRandom dice) {
        return ground.cutSubscriptions(OUR_DISPATCHERS) + " subscriptions cut";
    }

    static String bigMessage(Ground ground, SplittableRandom dice) throws InterruptedException {
        int megabytes = dice.nextBoolean() ? BIG_MEGABYTES : TOO_BIG_MEGABYTES;
        Future<Void> published =
                ground.load()
                        .add(
                                id -> {
                                    byte[] message = new byte[megabytes << 20];
                                    Arrays.fill(message, (byte) 'x');
                                    byte[] head = Ground.bytes(id + ",");
                                    System.arraycopy(head, 0, message, 0, head.length);
                                    return message;
                                });
        ground.await(published::isDone, "the server to take the publication");
        return megabytes + " MB published";
    }

    static String forgedMarks(Ground ground, SplittableRandom dice) throws InterruptedException {
        List<byte[]> heard = ground.recorder().heard();
        byte[] channel = Ground.bytes(ground.controlChannel());
        List<Child> dispatchers = ground.fleet().dispatchers();
        List<Long> before = dispatchers.stream().map(Child::subscribedAnew).toList();
        for (int i = 0; i < FORGERIES; i++) {
            byte[] forgery = Forgery.make(heard, dice);
            ground.recorder().leaveOut(forgery);
            ground.source().publish(channel, forgery);
            ground.sleep(Duration.ofMillis(dice.nextInt(20)));
        }
        ground.sleep(ground.settings().beat());
        ground.awaitWhole();
        long anew =
                IntStream.range(0, dispatchers.size())
                        .filter(i -> dispatchers.get(i).subscribedAnew() > before.get(i))
                        .count();
        if (anew == dispatchers.size()) {
            ground.noteLoss();
        }
        return FORGERIES + " forgeries, " + anew + " dispatchers subscribed anew";
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
}
