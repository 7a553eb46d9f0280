package dev.baton.duty;

/// A role's work, cut into short steps that never block.
///
/// Only one thread at a time may step a duty; what reaches it from elsewhere comes through queues and futures.
public interface Duty {

    /// Does what there is to do now.
    ///
    /// @param nowNanos the monotonic time, as from [System#nanoTime]
    /// @return in how many nanoseconds the duty wants to be called again if nothing wakes it; 0 for at once, negative
    ///     when it has finished for good
    long doWork(long nowNanos);
}
