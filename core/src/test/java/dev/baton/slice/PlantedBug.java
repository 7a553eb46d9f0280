package dev.baton.slice;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Slices that break one rule each, to show that the simulation would notice.
@SuppressWarnings("ImmutableEnumChecker") // constructors, which have no state
public enum PlantedBug {
    /// A former leader's writes take effect.
    IGNORES_THE_EPOCH(IgnoresTheEpoch::new),
    /// A former incarnation's commits take effect.
    IGNORES_THE_INCARNATION(IgnoresTheIncarnation::new),
    /// What is committed stays in the lane.
    FORGETS_TO_TRIM(ForgetsToTrim::new),
    /// A gap moves the watermark, but is not written down.
    FORGETS_THE_GAP(ForgetsTheGap::new),
    /// A batch that was applied before moves the watermark back to its own end.
    MOVES_THE_WATERMARK_BACK(MovesTheWatermarkBack::new),
    /// A crashed message's funeral is not counted.
    FORGETS_TO_COUNT(ForgetsToCount::new),
    /// What goes to another stream than the output is left out.
    FORGETS_OTHER_STREAMS(ForgetsOtherStreams::new);

    private final Function<LongSupplier, SliceModel> maker;

    PlantedBug(Function<LongSupplier, SliceModel> maker) {
        this.maker = maker;
    }

    /// A slice that has the bug.
    public SliceModel slice(LongSupplier clock) {
        return maker.apply(clock);
    }

    private static final class IgnoresTheEpoch extends SliceModel {
        IgnoresTheEpoch(LongSupplier clock) {
            super(clock);
        }

        @Override
        boolean fenced(Leadership by) {
            return lead().join().equals(Lead.NONE);
        }
    }

    private static final class IgnoresTheIncarnation extends SliceModel {
        IgnoresTheIncarnation(LongSupplier clock) {
            super(clock);
        }

        @Override
        @Nullable Map<String, String> own(Membership by) {
            return worker(by.id());
        }
    }

    private static final class ForgetsToTrim extends SliceModel {
        ForgetsToTrim(LongSupplier clock) {
            super(clock);
        }

        @Override
        Entry removeFinished(ArrayDeque<Entry> lane) {
            return lane.element();
        }
    }

    private static final class ForgetsTheGap extends SliceModel {
        ForgetsTheGap(LongSupplier clock) {
            super(clock);
        }

        @Override
        void declare(List<byte[]> gap) {
            // Nobody will ever know.
        }
    }

    private static final class MovesTheWatermarkBack extends SliceModel {
        MovesTheWatermarkBack(LongSupplier clock) {
            super(clock);
        }

        @Override
        public CompletableFuture<Reply.ToDispatch> dispatch(Leadership by, Batch batch) {
            CompletableFuture<Reply.ToDispatch> reply = super.dispatch(by, batch);
            if (reply.join() instanceof Reply.Appended appended
                    && appended.watermark().compareTo(batch.next()) > 0) {
                moveWatermark(batch.next());
            }
            return reply;
        }
    }

    private static final class ForgetsToCount extends SliceModel {
        ForgetsToCount(LongSupplier clock) {
            super(clock);
        }

        @Override
        void count(String name, long by) {
            if (!name.equals("dead")) {
                super.count(name, by);
            }
        }
    }

    private static final class ForgetsOtherStreams extends SliceModel {
        ForgetsOtherStreams(LongSupplier clock) {
            super(clock);
        }

        @Override
        public List<List<byte[]>> other(String name) {
            return List.of();
        }
    }
}
