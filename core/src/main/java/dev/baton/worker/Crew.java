package dev.baton.worker;

/// Those who take entries from all of a worker's windows, seen as one.
interface Crew {

    /// Whether everybody is at work, on whatever window: then nobody can take what else there is.
    boolean allBusy();

    /// How many that were left behind are still at work.
    int leftBehind();
}
