package dev.baton.server.cli;

import dev.baton.slice.Books;
import dev.baton.slice.PipelineBooks;

/// What became of the messages of one run.
///
/// @param before the books when it began
/// @param now the books when it ended
/// @param published how many messages it published itself; others may have published more
record Account(PipelineBooks.Look before, PipelineBooks.Look now, long published) {

    /// Whether everything that was published is in the books.
    boolean isTakenIn() {
        return dispatched() + since("lost") >= published;
    }

    /// Whether nothing is missing, open or wrong.
    boolean isSettled() {
        return now.balanced() && isTakenIn() && inFlight() == 0;
    }

    private long dispatched() {
        return now.sum(Books::accepted) - before.sum(Books::accepted);
    }

    /// Messages in lanes and waiting.
    long backlog() {
        return now.sum(Books::backlog);
    }

    private long inFlight() {
        return backlog() + now.sum(Books::retry);
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
                                now.balanced() ? "yes" : "NO")
                + slices();
    }

    /// Where there are several, what became of each slice's messages.
    private String slices() {
        if (now.slices().size() == 1) {
            return "";
        }
        StringBuilder lines = new StringBuilder();
        now.slices()
                .forEach(
                        (stream, books) -> {
                            Books then = before.slices().getOrDefault(stream, books);
                            lines.append(
                                    "  %s: dispatched %,d, committed %,d, dead %,d, led in epoch %s%n"
                                            .formatted(
                                                    stream,
                                                    books.accepted() - then.accepted(),
                                                    books.count("committed")
                                                            - then.count("committed"),
                                                    books.count("dead") - then.count("dead"),
                                                    books.lead().getOrDefault("epoch", "none")));
                        });
        return lines.toString();
    }
}
