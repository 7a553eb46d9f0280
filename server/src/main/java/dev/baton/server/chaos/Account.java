package dev.baton.server.chaos;

import dev.baton.slice.Books;
import dev.baton.slice.PipelineBooks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What a run comes to: what was found is weighed, and what must not be is named.
///
/// @param settings how the run went
/// @param history which faults came when
/// @param onlooker who saw what there was while the load was on
/// @param harvest what is there at the end
/// @param books the last
/// @param span when it was, and how it ended
record Account(
        ChaosSettings settings,
        History history,
        Onlooker onlooker,
        Harvest harvest,
        PipelineBooks.Look books,
        Span span) {

    /// What is to be known of the run besides.
    ///
    /// @param beganMillis when the load began, by the store's clock
    /// @param endedMillis when it ended
    /// @param drained whether nothing was under way any more
    /// @param slowestStart longest time until a process listened
    record Span(long beganMillis, long endedMillis, boolean drained, Duration slowestStart) {}

    /// Whether what a reader saw before counts though it is gone.
    private boolean emptied() {
        return history.had(Fault.FLUSH_STORE);
    }

    List<Gap> gaps() {
        return emptied() ? harvest.gapsWith(onlooker.tail()) : harvest.gaps();
    }

    Verdict verdict(Answers answers) {
        return Checker.check(
                answers,
                emptied() ? harvest.foundWith(onlooker.tail()) : harvest.found(),
                gaps(),
                harvest.slices());
    }

    List<ChaosResult.Disturbance> disturbances() {
        return history.disturbances(
                harvest.stalls(onlooker.tail()), span.endedMillis(), span.slowestStart());
    }

    /// The longest time between two commits to one slice while the load was on.
    long longestStallMillis() {
        return Stalls.longest(
                harvest.stalls(onlooker.tail()),
                span.beganMillis(),
                span.endedMillis(),
                span.endedMillis());
    }

    /// Everything that must not be.
    List<String> violations(
            Verdict verdict,
            List<ChaosResult.Disturbance> disturbances,
            Map<String, Integer> endedBadly) {
        List<String> violations = new ArrayList<>();
        if (!verdict.clean()) {
            violations.addAll(verdict.evidence());
        }
        for (ChaosResult.Disturbance one : disturbances) {
            if (one.longestMillis() > one.boundMillis()) {
                violations.add(
                        "%s: no commit for %d ms, bound %d ms"
                                .formatted(one.fault(), one.longestMillis(), one.boundMillis()));
            }
        }
        addLongLanes(violations);
        if (!settings.allowGaps()) {
            gaps().stream()
                    .filter(gap -> !calledFor(gap))
                    .forEach(gap -> violations.add("a gap that no fault calls for: " + gap));
        }
        books.slices().forEach((stream, slice) -> addImbalance(stream, slice, violations));
        if (!span.drained()) {
            violations.add(
                    "not drained within %d s: %d under way"
                            .formatted(
                                    settings.drain().toSeconds(),
                                    books.sum(slice -> slice.backlog() + slice.retry())));
        }
        endedBadly.forEach((id, code) -> violations.add(id + " ended with exit code " + code));
        return violations;
    }

    private static void addImbalance(String stream, Books slice, List<String> violations) {
        if (!slice.balanced()) {
            violations.add(
                    "the books of %s do not balance: accepted %d, accounted for %d"
                            .formatted(stream, slice.accepted(), slice.accountedFor()));
        }
    }

    /// One lane may grow; the others at most by what comes in for them while a busy machine does something else.
    private void addLongLanes(List<String> violations) {
        long most = settings.rate() * settings.slack().toMillis() / 1_000 / settings.workers();
        for (long grown :
                history.each(Fault.SLOW_WORKER, span.endedMillis(), onlooker::laneGrowthButOne)) {
            if (grown > most) {
                violations.add(
                        "slow-worker: a second lane grew by %d entries, at most %d are explained"
                                .formatted(grown, most));
            }
        }
    }

    /// Whether the gap comes of a fault that makes Pub/Sub lose messages. A store that lost its tail may have lost a
    /// declaration with it, which is then made again: a reader saw the first.
    private boolean calledFor(Gap gap) {
        return history.followsLoss(gap)
                || onlooker.tail().gaps().stream()
                        .anyMatch(seen -> seen.overlaps(gap) && history.followsLoss(seen));
    }
}
