package dev.baton.worker;

import java.time.Duration;

/// What becomes of messages that waited too long.
///
/// @param ttl how old a message may be when a worker reads it, counted from its dispatch by the store's clock; 0 for any age
/// @param drops whether it is dropped and counted; else it becomes a dead letter, `expired`
public record Expiry(Duration ttl, boolean drops) {

    /// Nothing is ever too old.
    public static final Expiry NEVER = new Expiry(Duration.ZERO, false);

    /// @throws IllegalArgumentException if the age is negative
    public Expiry {
        if (ttl.isNegative()) {
            throw new IllegalArgumentException("ttl is not negative");
        }
    }

    /// Whether an entry is too old.
    boolean concerns(long dispatchedMillis, long readMillis) {
        return !ttl.isZero() && readMillis - dispatchedMillis > ttl.toMillis();
    }
}
