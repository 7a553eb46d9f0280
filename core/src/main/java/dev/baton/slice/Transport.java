package dev.baton.slice;

import dev.baton.duty.RoleStoppedException;
import java.util.Locale;

/// How entries get from the leader to workers. A stream has the one of whoever came first, for good; what else it holds and what is
/// promised is the same.
public enum Transport {
    /// A list for each worker: the leader shares entries out as it dispatches them.
    LISTS,

    /// A stream with a consumer group: each worker takes entries when it has room.
    GROUP;

    /// The word for people, in the store and on the command line.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @throws IllegalArgumentException if it is none of the words
    static Transport of(String text) {
        for (Transport one : values()) {
            if (one.text().equals(text)) {
                return one;
            }
        }
        throw new IllegalArgumentException("not a transport: " + text);
    }

    /// What to say when the stream has another one.
    static String mismatch(SliceKeys keys, String where, String found, Transport asked) {
        return "stream '%s'%s has --transport %s, not %s: give --transport %s, or another --stream"
                .formatted(keys.stream(), where, found, asked.text(), found);
    }

    /// No use to ask again: a stream keeps its transport.
    static RoleStoppedException refused(SliceKeys keys, String found, Transport asked) {
        return new RoleStoppedException(mismatch(keys, "", found, asked));
    }
}
