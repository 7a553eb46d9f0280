package dev.baton.server.cli;

import dev.baton.slice.Books;

/// What became of the messages of one run.
///
/// @param before the books when it began
/// @param now the books when it ended
/// @param published how many messages it published itself; others may have published more
record Account(Books before, Books now, long published) {

    /// Whether everything that was published is in the books.
    boolean isTakenIn() {
        return dispatched() + since("lost") >= published;
    }

    /// Whether nothing is missing, open or wrong.
    boolean isSettled() {
        return now.balanced() && isTakenIn() && inFlight() == 0;
    }

    private long dispatched() {
        return now.accepted() - before.accepted();
    }

    private long inFlight() {
        return now.backlog() + now.retry();
    }

    private long since(String name) {
        return now.count(name) - before.count(name);
    }

    /// For people.
    String text() {
        return """

                published      %,12d
                dispatched     %,12d
                committed      %,12d
                dead           %,12d
                dropped        %,12d
                in flight      %,12d
                declared lost  %,12d
                books balance  %12s
                """
                .formatted(
                        published,
                        dispatched(),
                        since("committed"),
                        since("dead"),
                        since("dropped"),
                        inFlight(),
                        since("lost"),
                        now.balanced() ? "yes" : "NO");
    }
}
