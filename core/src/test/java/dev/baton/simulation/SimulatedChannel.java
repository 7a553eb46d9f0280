package dev.baton.simulation;

import dev.baton.source.Control;
import dev.baton.source.ControlCodec;
import dev.baton.source.ControlKeys;
import dev.baton.source.Heard;
import dev.baton.source.Subscription;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The source: one order of all that is published, handed to each subscriber in that order, each publication after a
/// delay of its own. What is published while nobody listens is gone.
final class SimulatedChannel {

    private static final byte[] NO_CHANNEL = {};

    private final Scheduler scheduler;
    private final Trace trace;
    private final SplittableRandom random;
    private final Delays delays;
    private final List<Line> lines = new ArrayList<>();
    private final List<byte[]> published = new ArrayList<>();
    private final List<byte[]> announced = new ArrayList<>();
    private final BitSet delivered = new BitSet();
    private final Trouble trouble;
    private long node = 1;
    private boolean away;

    SimulatedChannel(
            Scheduler scheduler,
            Trace trace,
            SplittableRandom random,
            Delays delays,
            Trouble trouble) {
        this.scheduler = scheduler;
        this.trace = trace;
        this.random = random;
        this.delays = delays;
        this.trouble = trouble;
    }

    /// What was published, in order.
    List<byte[]> published() {
        return published;
    }

    /// Whether a publication reached any subscriber.
    boolean delivered(int number) {
        return delivered.get(number);
    }

    void publish(byte[] payload) {
        int number = published.size();
        published.add(payload);
        lines.forEach(line -> line.send(new Heard.Publication(NO_CHANNEL, payload), number));
        trace.line("source", () -> "m" + number + " for " + lines.size() + " subscribers");
    }

    /// Something is said on the control channel, by whomever.
    ///
    /// @return how many hear it
    private long announce(byte[] payload) {
        announced.add(payload);
        lines.forEach(line -> line.send(new Heard.Announcement(payload), -1));
        trace.line("control", () -> describe(payload) + " for " + lines.size() + " subscribers");
        return lines.size();
    }

    private static String describe(byte[] payload) {
        Control control = ControlCodec.decode(payload, ControlKeys.NONE);
        return control == null ? "noise" : control.toString();
    }

    /// Somebody who should not says on the control channel what was said before, or noise.
    void stray() {
        if (!announced.isEmpty() && random.nextInt(4) > 0) {
            announce(announced.get(random.nextInt(announced.size())));
        } else {
            byte[] noise = new byte[random.nextInt(80)];
            random.nextBytes(noise);
            announce(noise);
        }
    }

    /// It goes down and is back at once, as another process.
    void restart() {
        node++;
        trace.line("source", () -> "restarts as node " + node);
        cutAll();
    }

    /// While it is away nobody can subscribe.
    void away(boolean gone) {
        away = gone;
        trace.line("source", () -> gone ? "takes no subscriber" : "takes subscribers");
    }

    Subscription subscribe(SimulatedProcess reader, Runnable wake) {
        if (away) {
            throw new IllegalStateException("the source is away");
        }
        Line line = new Line(reader, wake);
        lines.add(line);
        trace.line(reader.name(), () -> "has subscribed");
        return line;
    }

    void cutAll() {
        List.copyOf(lines).forEach(line -> line.cut("cut"));
    }

    void cut(SimulatedProcess reader) {
        List.copyOf(lines).stream()
                .filter(line -> line.reader == reader)
                .forEach(line -> line.cut("cut"));
    }

    private record Sent(Heard heard, int number) {}

    /// One subscription: what is under way to the reader, and what has reached it.
    private final class Line implements Subscription {

        private final SimulatedProcess reader;
        private final Runnable wake;
        private final ArrayDeque<Sent> underWay = new ArrayDeque<>();
        private final ArrayDeque<Heard> arrived = new ArrayDeque<>();
        private final long atNode = node;
        private long lastArrivalNanos;
        private long lastSaidNanos;
        private boolean closed;

        Line(SimulatedProcess reader, Runnable wake) {
            this.reader = reader;
            this.wake = wake;
        }

        void send(Heard heard, int number) {
            underWay.add(new Sent(heard, number));
            lastArrivalNanos =
                    Math.max(lastArrivalNanos, scheduler.nowNanos() + delays.next(random));
            scheduler.at(lastArrivalNanos, this::arrive);
        }

        private void arrive() {
            Sent next = underWay.poll();
            if (next == null) {
                return;
            }
            arrived.add(next.heard);
            if (next.number >= 0 && reader.alive()) {
                delivered.set(next.number);
            }
            reader.hand(wake);
        }

        /// What is under way arrives up to some point, then the end.
        void cut(String why) {
            if (lines.remove(this)) {
                int lost = underWay.isEmpty() ? 0 : random.nextInt(underWay.size() + 1);
                trace.line(reader.name(), () -> "subscription ends, " + lost + " lost on the way");
                for (int i = 0; i < lost; i++) {
                    underWay.removeLast();
                }
                send(new Heard.Ended(why), -1);
            }
        }

        @Override
        public @Nullable Heard poll() {
            return arrived.poll();
        }

        /// Over a connection of its own, in order, to the node that is listened to.
        @Override
        public CompletableFuture<Long> announce(byte[] payload) {
            CompletableFuture<Long> said = new CompletableFuture<>();
            if (closed || trouble.happens(random, trouble.lostCalls)) {
                reader.after(delays.next(random), () -> fail(said));
                return said;
            }
            boolean answered = !trouble.happens(random, trouble.lostAnswers);
            lastSaidNanos = Math.max(lastSaidNanos, scheduler.nowNanos() + delays.next(random));
            scheduler.at(lastSaidNanos, () -> say(payload, said, answered));
            return said;
        }

        private void say(byte[] payload, CompletableFuture<Long> said, boolean answered) {
            if (atNode != node) {
                reader.hand(() -> fail(said));
                return;
            }
            long reached = SimulatedChannel.this.announce(payload);
            if (trouble.happens(random, trouble.strayCalls)) {
                scheduler.after(delays.next(random), () -> SimulatedChannel.this.announce(payload));
            }
            reader.after(
                    delays.next(random),
                    () -> {
                        if (answered) {
                            said.complete(reached);
                        } else {
                            fail(said);
                        }
                    });
        }

        private static void fail(CompletableFuture<Long> said) {
            said.completeExceptionally(new IllegalStateException("connection lost"));
        }

        @Override
        public long node() {
            return atNode;
        }

        @Override
        public void finish() {
            if (lines.remove(this)) {
                trace.line(reader.name(), () -> "ends its subscription");
                underWay.clear();
                arrived.add(new Heard.Ended("closed"));
            }
        }

        @Override
        public void close() {
            finish();
            closed = true;
        }
    }
}
