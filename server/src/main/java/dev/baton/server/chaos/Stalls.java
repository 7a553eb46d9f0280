package dev.baton.server.chaos;

import java.util.Arrays;
import java.util.List;

/// The longest times without a commit, from the exact times that stream entries carry. Knows no Redis.
final class Stalls {

    private final long[] commits;

    /// @param commitMillis times of commits, sorted
    Stalls(long[] commitMillis) {
        this.commits = commitMillis;
    }

    /// The longest time without a commit that began in a window. A stall that began before the window belongs to
    /// whatever was before it, except for its part inside.
    ///
    /// @param fromMillis the window's begin; counts as a commit
    /// @param toMillis the window's end
    /// @param limitMillis what ends a stall that goes on after the window
    long longest(long fromMillis, long toMillis, long limitMillis) {
        long longest = 0;
        long before = fromMillis;
        for (int i = firstAfter(fromMillis); before <= toMillis; i++) {
            long here = i < commits.length ? Math.min(commits[i], limitMillis) : limitMillis;
            longest = Math.max(longest, here - before);
            if (i >= commits.length || here >= limitMillis) {
                break;
            }
            before = here;
        }
        return longest;
    }

    /// The longest of several flows, each by itself.
    static long longest(List<Stalls> flows, long fromMillis, long toMillis, long limitMillis) {
        return flows.stream()
                .mapToLong(flow -> flow.longest(fromMillis, toMillis, limitMillis))
                .max()
                .orElse(0);
    }

    private int firstAfter(long millis) {
        int at = Arrays.binarySearch(commits, millis);
        if (at < 0) {
            return -at - 1;
        }
        while (at < commits.length && commits[at] <= millis) {
            at++;
        }
        return at;
    }
}
