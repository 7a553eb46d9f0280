package dev.baton.dispatch;

import dev.baton.source.Control;
import dev.baton.source.ControlCodec;
import dev.baton.source.ControlKeys;
import dev.baton.source.Heard;
import dev.baton.source.Source;
import dev.baton.source.Subscription;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// A server's publications in memory: everything that is published reaches every subscription that is open, in one
/// order. A test says who loses what.
final class Flow {

    private static final byte[] NO_CHANNEL = {};

    private final List<Ears> open = new ArrayList<>();
    private final List<byte[]> announced = new ArrayList<>();
    private final LongSupplier clock;

    /// @param clock in milliseconds
    Flow(LongSupplier clock) {
        this.clock = clock;
    }

    /// Where one dispatcher subscribes.
    Ears.Place place() {
        return new Ears.Place(this);
    }

    /// Publishes on the data channel.
    void publish(String text) {
        deliver(new Heard.Publication(NO_CHANNEL, text.getBytes(StandardCharsets.UTF_8)));
    }

    /// Publishes on the control channel, as anyone could.
    void announce(Control control) {
        announce(ControlCodec.encode(control, ControlKeys.NONE));
    }

    /// Marks that were published, oldest first.
    List<Control.Mark> marks() {
        List<Control.Mark> marks = new ArrayList<>();
        for (byte[] bytes : announced) {
            if (ControlCodec.decode(bytes, ControlKeys.NONE) instanceof Control.Mark mark) {
                marks.add(mark);
            }
        }
        return marks;
    }

    private long announce(byte[] payload) {
        announced.add(payload);
        return deliver(new Heard.Announcement(payload));
    }

    private long deliver(Heard heard) {
        List<Ears> now = List.copyOf(open);
        now.forEach(ears -> ears.hear(heard));
        return now.size();
    }

    /// One subscription.
    static final class Ears implements Subscription {

        /// Where a dispatcher subscribes again and again, and what it meets there.
        static final class Place implements Source {
            private final Flow flow;
            private @Nullable Ears current;
            int subscribed;

            /// Publishing fails.
            boolean mute;

            /// What is published counts this subscriber, and does not reach it.
            boolean deaf;

            /// Every subscription ends as soon as it began.
            boolean unstable;

            /// How long everything is on its way to here.
            long lagMillis;

            private Place(Flow flow) {
                this.flow = flow;
            }

            @Override
            public Subscription subscribe(Runnable wake) {
                Ears ears = new Ears(this);
                flow.open.add(ears);
                current = ears;
                subscribed++;
                if (unstable) {
                    cut();
                }
                return ears;
            }

            /// Ends the subscription as a broken connection does.
            void cut() {
                if (current != null) {
                    current.end("cut");
                }
            }
        }

        private record Sent(Heard heard, long atMillis) {}

        private final Place place;
        private final ArrayDeque<Sent> queue = new ArrayDeque<>();
        private boolean over;

        private Ears(Place place) {
            this.place = place;
        }

        private void hear(Heard heard) {
            if (!place.deaf) {
                queue.add(new Sent(heard, place.flow.clock.getAsLong()));
            }
        }

        private void end(String cause) {
            if (!over) {
                over = true;
                place.flow.open.remove(this);
                queue.add(new Sent(new Heard.Ended(cause), 0));
            }
        }

        @Override
        public @Nullable Heard poll() {
            Sent next = queue.peek();
            if (next == null
                    || (!over
                            && next.atMillis() + place.lagMillis > place.flow.clock.getAsLong())) {
                return null;
            }
            queue.remove();
            return next.heard();
        }

        @Override
        public CompletableFuture<Long> announce(byte[] payload) {
            return place.mute
                    ? CompletableFuture.failedFuture(new IllegalStateException("mute"))
                    : CompletableFuture.completedFuture(place.flow.announce(payload));
        }

        @Override
        public long node() {
            return 1;
        }

        @Override
        public void finish() {
            end("closed by the dispatcher");
        }

        @Override
        public void close() {
            finish();
        }
    }
}
