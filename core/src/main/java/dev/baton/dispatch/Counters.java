package dev.baton.dispatch;

import java.util.concurrent.atomic.LongAdder;

/// What a dispatcher counts; written by its duty, read by anyone.
final class Counters {
    final LongAdder heard = new LongAdder();
    final LongAdder dispatched = new LongAdder();
    final LongAdder lost = new LongAdder();
    volatile long epoch;
    volatile long retainedBytes;

    DispatcherFigures figures() {
        return new DispatcherFigures(
                epoch > 0, epoch, heard.sum(), dispatched.sum(), lost.sum(), retainedBytes);
    }
}
