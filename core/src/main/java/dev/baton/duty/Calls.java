package dev.baton.duty;

import java.util.random.RandomGenerator;

/// What all calls of one duty to one server share. Not thread-safe.
///
/// @param health is told of every failure and success
/// @param wake has the duty called when an answer came
/// @param random spreads the waits between attempts
public record Calls(Health health, Runnable wake, RandomGenerator random) {

    /// A line for calls that go out one at a time.
    ///
    /// @param <T> the answer
    public <T> Call<T> line() {
        return new Call<>(this);
    }

    /// What calls that go out several at a time have to tell.
    public Trouble trouble() {
        return new Trouble(health);
    }

    /// Waits between attempts of something else than a [Call].
    public Backoff backoff() {
        return new Backoff(random);
    }
}
