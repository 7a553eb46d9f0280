package dev.baton.slice;

/// What a worker wants.
public enum WorkerState {
    /// Entries.
    LIVE("live"),
    /// To finish what its lane holds and get nothing new.
    QUIET("quiet"),
    /// Nothing: the leader fenced it and takes its entries away.
    LOST("lost");

    private final String text;

    WorkerState(String text) {
        this.text = text;
    }

    /// The word under which the store keeps it.
    public String text() {
        return text;
    }

    static WorkerState of(String text) {
        for (WorkerState state : values()) {
            if (state.text.equals(text)) {
                return state;
            }
        }
        throw new IllegalArgumentException("not a worker's state: " + text);
    }
}
