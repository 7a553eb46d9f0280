package dev.baton.worker;

import dev.baton.MessageProcessor;
import dev.baton.duty.Duty;
import dev.baton.slice.Entry;
import dev.baton.slice.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The real worker's duty, to be stepped by a simulation, with hands that process in simulated time.
public final class SimulatedWorker implements Duty {

    private final WorkerDuty duty;

    /// Has something done later.
    @FunctionalInterface
    public interface Later {
        /// @param nanos how much later
        void after(long nanos, Runnable action);
    }

    /// @param processing how long the next message takes to process, in nanoseconds
    /// @param wake has this duty called soon
    public SimulatedWorker(
            WorkerSettings settings,
            Slice slice,
            Supplier<String> randomId,
            MessageProcessor processor,
            LongSupplier processing,
            Later later,
            Runnable wake,
            RandomGenerator random) {
        Hands hands = new Hands(settings, processor, processing, later, wake);
        this.duty = new WorkerDuty(settings, slice, 0, Map.of(), randomId, hands, wake, random);
    }

    @Override
    public long doWork(long nowNanos) {
        return duty.doWork(nowNanos);
    }

    /// Has it finish what it holds and leave.
    public void quiet() {
        duty.quiet();
    }

    /// Has it leave with what is finished.
    public void giveUp() {
        duty.giveUp();
    }

    /// As many as the settings say take entries from the current window, one at a time each.
    private static final class Hands implements Processors {

        private final Processing processing;
        private final LongSupplier nanos;
        private final Later later;
        private final Runnable wake;
        private final List<Hand> hands = new ArrayList<>();
        private @Nullable LaneWindow window;
        private int leftBehind;

        Hands(
                WorkerSettings settings,
                MessageProcessor processor,
                LongSupplier nanos,
                Later later,
                Runnable wake) {
            this.processing = new Processing(settings, processor);
            this.nanos = nanos;
            this.later = later;
            this.wake = wake;
            for (int i = 0; i < settings.concurrency(); i++) {
                hands.add(new Hand());
            }
        }

        @Override
        public void workOn(@Nullable LaneWindow current) {
            window = current;
            for (int i = 0; i < hands.size(); i++) {
                Hand hand = hands.get(i);
                if (hand.at != null && hand.at != current) {
                    hand.left = true;
                    leftBehind++;
                    hands.set(i, new Hand());
                }
            }
        }

        @Override
        public boolean allBusy() {
            return hands.stream().allMatch(hand -> hand.at != null);
        }

        @Override
        public int leftBehind() {
            return leftBehind;
        }

        @Override
        public void entriesAdded() {
            hands.forEach(Hand::begin);
        }

        private final class Hand {
            private boolean busy;
            private boolean left;
            private @Nullable LaneWindow at;

            void begin() {
                if (!busy) {
                    busy = true;
                    later.after(1, this::next);
                }
            }

            private void next() {
                LaneWindow from = window;
                long ordinal = from == null ? -1 : from.take();
                if (from == null || ordinal < 0) {
                    busy = false;
                    return;
                }
                Entry entry = from.entry(ordinal);
                at = from;
                later.after(nanos.getAsLong(), () -> finish(from, ordinal, entry));
            }

            private void finish(LaneWindow from, long ordinal, Entry entry) {
                at = null;
                if (left) {
                    leftBehind--;
                    return;
                }
                from.finish(ordinal, processing.process(entry));
                wake.run();
                next();
            }
        }
    }
}
