package dev.baton;

/// The user's work on one message.
///
/// With a concurrency above one, a worker calls the same processor from several virtual threads at once. A processor
/// may run more than once for a message (its worker may be lost before the commit), but what it returns takes effect
/// once.
@FunctionalInterface
public interface MessageProcessor {

    /// Processes one message, within the worker's process timeout: one that takes longer counts as hung, costs the worker
    /// its lane, and is tried elsewhere; a message that does so three times becomes a dead letter. The thread is
    /// interrupted when the worker lost its lane or stops; what is returned then has no effect.
    ///
    /// @param message a well-formed JSON document that has an id
    /// @return what becomes of the message
    /// @throws Exception if the message could not be processed: it is tried again as after [Outcome#retry], and after the last
    ///     attempt becomes a dead letter, `failed`; so it is after any [Error] but an [OutOfMemoryError], which ends the
    ///     thread like a processor that hangs
    Outcome process(Message message) throws Exception;

    /// The processor that passes every message on unchanged.
    static MessageProcessor passOn() {
        return message -> Outcome.passOn();
    }
}
