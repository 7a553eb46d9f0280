package dev.baton.dispatch;

import java.util.concurrent.atomic.LongAdder;

/// What a dispatcher counts; written by its duty, read by anyone.
final class Counters {
    final LongAdder heard = new LongAdder();
    final LongAdder dispatched = new LongAdder();
    final LongAdder lost = new LongAdder();
    final LongAdder wentBack = new LongAdder();
    final LongAdder strayControl = new LongAdder();
    final LongAdder disagreements = new LongAdder();
    volatile long epoch;
    volatile int led;
    volatile boolean inSync;
    volatile long retainedBytes;

    DispatcherFigures figures() {
        return new DispatcherFigures(
                epoch > 0,
                epoch,
                led,
                inSync,
                heard.sum(),
                dispatched.sum(),
                lost.sum(),
                retainedBytes,
                strayControl.sum(),
                disagreements.sum());
    }
}
