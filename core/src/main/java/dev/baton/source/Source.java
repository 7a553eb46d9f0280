package dev.baton.source;

/// Where publications come from.
public interface Source {

    /// Begins a new incarnation. Blocks until the subscription is confirmed.
    ///
    /// @param wake called whenever there may be something to read; cheap, from any thread
    /// @throws RuntimeException if the server cannot be reached or refuses
    Subscription subscribe(Runnable wake);
}
