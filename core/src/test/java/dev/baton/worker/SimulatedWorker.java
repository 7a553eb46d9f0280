package dev.baton.worker;

import dev.baton.MessageProcessor;
import dev.baton.duty.Duty;
import dev.baton.duty.Health;
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

    private final WorkerDuties duty;

    /// Has something done later.
    @FunctionalInterface
    public interface Later {
        /// @param nanos how much later
        void after(long nanos, Runnable action);
    }

    /// @param slices in the order of their numbers
    /// @param processing how long the next message takes to process, in nanoseconds
    /// @param wake has this duty called soon
    public SimulatedWorker(
            WorkerSettings settings,
            List<Slice> slices,
            Supplier<String> randomId,
            MessageProcessor processor,
            LongSupplier processing,
            Later later,
            Runnable wake,
            RandomGenerator random) {
        Hands hands = new Hands(settings, processor, processing, later, wake, random);
        Health health = new Health("worker " + settings.id(), "the store");
        List<WorkerDuty> duties = new ArrayList<>();
        for (Slice slice : slices) {
            int number = duties.size();
            duties.add(
                    new WorkerDuty(
                            settings,
                            slice,
                            number,
                            Map.of(),
                            randomId,
                            hands.of(number),
                            wake,
                            random,
                            health));
        }
        this.duty = new WorkerDuties(settings, duties, hands);
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

    /// As many as the settings say take entries from the current windows in turn, one at a time each.
    private static final class Hands implements Crew {

        private final Processing processing;
        private final LongSupplier nanos;
        private final Later later;
        private final Runnable wake;
        private final List<Hand> hands = new ArrayList<>();
        private final @Nullable LaneWindow[] windows;
        private int turn;
        private int leftBehind;

        Hands(
                WorkerSettings settings,
                MessageProcessor processor,
                LongSupplier nanos,
                Later later,
                Runnable wake,
                RandomGenerator random) {
            this.processing = new Processing(settings, processor, random::nextDouble);
            this.nanos = nanos;
            this.later = later;
            this.wake = wake;
            this.windows = new LaneWindow[settings.slices()];
            for (int i = 0; i < settings.concurrency(); i++) {
                hands.add(new Hand());
            }
        }

        Processors of(int slice) {
            return new Processors() {
                @Override
                public void workOn(@Nullable LaneWindow current) {
                    Hands.this.workOn(slice, current);
                }

                @Override
                public int leftBehind() {
                    return leftBehind;
                }

                @Override
                public void entriesAdded() {
                    hands.forEach(Hand::begin);
                }
            };
        }

        @Override
        public boolean allBusy() {
            return hands.stream().allMatch(hand -> hand.at != null);
        }

        @Override
        public int leftBehind() {
            return leftBehind;
        }

        private void workOn(int slice, @Nullable LaneWindow current) {
            LaneWindow before = windows[slice];
            windows[slice] = current;
            for (int i = 0; i < hands.size(); i++) {
                Hand hand = hands.get(i);
                if (hand.at != null && hand.at == before && hand.at != current) {
                    hand.left = true;
                    leftBehind++;
                    Hand fresh = new Hand();
                    hands.set(i, fresh);
                    fresh.begin();
                }
            }
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
                LaneWindow from = null;
                long ordinal = -1;
                for (int tried = 0; ordinal < 0 && tried < windows.length; tried++) {
                    from = windows[turn++ % windows.length];
                    ordinal = from == null ? -1 : from.take();
                }
                if (from == null || ordinal < 0) {
                    busy = false;
                    return;
                }
                work(from, ordinal);
            }

            private void work(LaneWindow from, long ordinal) {
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
                from.finish(ordinal, processing.process(entry, from.readMillis(ordinal)));
                wake.run();
                next();
            }
        }
    }
}
