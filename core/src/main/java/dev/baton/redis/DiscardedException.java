package dev.baton.redis;

/// A transaction of which nothing took effect, and nothing will: the server was not reached, does not do it in this way, or refused it as a
/// whole. The same may be tried in another way at once.
public final class DiscardedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// @param why for people
    public DiscardedException(String why) {
        super(why);
    }
}
