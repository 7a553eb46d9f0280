package dev.baton.duty;

import org.jspecify.annotations.Nullable;

/// Why a server that is there does not take a call now and will later. Each is answered before anything is written.
public enum NotYet {
    /// Keys of a slot that is being moved lie on two nodes.
    TRYAGAIN("the slot is on its way to another node"),
    /// A slot has no primary, or the node that answered sees too few others.
    CLUSTERDOWN("the cluster has no primary for a slot, or its nodes do not see each other"),
    /// A command was redirected more often than the client follows.
    MOVED("the slot changes its node"),
    /// The same while keys are on their way.
    ASK("the slot is on its way to another node"),
    /// The server has just started.
    LOADING("it reads its data"),
    /// A primary became a replica.
    READONLY("it is a replica now"),
    /// The same, while a command waited there.
    UNBLOCKED("it is a replica now"),
    /// A replica lost its primary and may not answer.
    MASTERDOWN("it is a replica that lost its primary"),
    /// Something else runs a script for too long.
    BUSY("a script runs too long"),
    /// `min-replicas-to-write` is not met.
    NOREPLICAS("it has fewer replicas than it wants before it writes"),
    /// `maxmemory` is reached.
    OOM("its memory is full"),
    /// `stop-writes-on-bgsave-error`.
    MISCONF("it cannot save to its disk");

    private final String inWords;

    NotYet(String inWords) {
        this.inWords = inWords;
    }

    /// What people are to read.
    public String inWords() {
        return inWords;
    }

    /// Finds it in a server's answer.
    ///
    /// @return null if the answer means something else
    public static @Nullable NotYet of(@Nullable String answer) {
        if (answer != null) {
            for (NotYet reason : values()) {
                if (answer.startsWith(reason.name())
                        && (answer.length() == reason.name().length()
                                || answer.charAt(reason.name().length()) == ' ')) {
                    return reason;
                }
            }
        }
        return null;
    }
}
