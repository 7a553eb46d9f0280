package dev.baton.simulation;

import dev.baton.slice.Slice;
import dev.baton.slice.SliceModel;
import dev.baton.slice.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/// The server that holds the slices. It remembers all calls that took effect, so that it can lose the newest of them as
/// a server does that went down with an append-only file not yet synced.
final class SimulatedStore {

    private static final long EPOCH_MILLIS = 1_764_000_000_000L;

    private final Scheduler scheduler;
    private final Trace trace;
    private final Function<LongSupplier, SliceModel> maker;
    private final List<Effect> effects = new ArrayList<>();
    private final List<Runnable> waiting = new ArrayList<>();
    private final int count;
    private final Transport transport;
    private List<Witness> slices;
    private long clockMillis;
    private long clockErrorMillis;
    private boolean frozen;
    private boolean lostTail;
    private long emptiedAtNanos = -1;
    private long firstLedAtNanos = -1;

    private record Effect(
            long atNanos,
            long clockMillis,
            int slice,
            Function<Slice, CompletableFuture<?>> call) {}

    SimulatedStore(
            Scheduler scheduler,
            Trace trace,
            int slices,
            Transport transport,
            Function<LongSupplier, SliceModel> maker) {
        this.count = slices;
        this.transport = transport;
        this.scheduler = scheduler;
        this.trace = trace;
        this.maker = maker;
        this.slices = fresh();
    }

    private List<Witness> fresh() {
        return Stream.generate(() -> new Witness(maker.apply(() -> clockMillis).as(transport)))
                .limit(count)
                .toList();
    }

    Transport transport() {
        return transport;
    }

    /// What it holds of one slice.
    Witness slice(int number) {
        return slices.get(number);
    }

    /// What it holds.
    List<Witness> slices() {
        return slices;
    }

    /// Whether it ever lost its tail or all.
    boolean lostTail() {
        return lostTail;
    }

    /// When it was last found empty, or negative.
    long emptiedAtNanos() {
        return emptiedAtNanos;
    }

    /// Until when nobody had ever led slice 0.
    long firstLedAtNanos() {
        return firstLedAtNanos;
    }

    /// Has a call take effect.
    <T> CompletableFuture<T> apply(int number, Function<Slice, CompletableFuture<T>> call) {
        clockMillis = EPOCH_MILLIS + clockErrorMillis + scheduler.nowNanos() / 1_000_000;
        effects.add(new Effect(scheduler.nowNanos(), clockMillis, number, call::apply));
        CompletableFuture<T> reply = call.apply(slices.get(number));
        if (slices.getFirst().takeovers() == 0) {
            firstLedAtNanos = scheduler.nowNanos();
        }
        return reply;
    }

    /// The clock is set.
    void setClock(long errorMillis) {
        trace.line("store", () -> "clock is set to " + errorMillis + " ms off");
        clockErrorMillis = errorMillis;
    }

    boolean frozen() {
        return frozen;
    }

    /// Has something done once it answers again.
    void whenThawed(Runnable action) {
        waiting.add(action);
    }

    void freeze() {
        trace.line("store", () -> "freezes");
        frozen = true;
    }

    void thaw() {
        if (frozen) {
            trace.line("store", () -> "thaws");
            frozen = false;
            List<Runnable> due = List.copyOf(waiting);
            waiting.clear();
            due.forEach(Runnable::run);
        }
    }

    /// Goes back to a moment.
    void loseTailOf(long nanos) {
        int kept = effects.size();
        while (kept > 0 && effects.get(kept - 1).atNanos > scheduler.nowNanos() - nanos) {
            kept--;
        }
        int lost = effects.size() - kept;
        trace.line("store", () -> "loses the newest " + lost + " effects");
        goBackTo(kept);
    }

    void empty() {
        trace.line("store", () -> "is emptied");
        goBackTo(0);
    }

    private void goBackTo(int kept) {
        lostTail = true;
        effects.subList(kept, effects.size()).clear();
        slices = fresh();
        for (Effect effect : effects) {
            clockMillis = effect.clockMillis;
            var _ = effect.call.apply(slices.get(effect.slice));
        }
        if (slices.getFirst().watermark() == null) {
            emptiedAtNanos = scheduler.nowNanos();
        }
    }
}
