/// The whole of Baton in one thread: the real dispatchers and workers, a store in memory, a source in memory, and one
/// seeded [dev.baton.simulation.Scheduler] that owns time and all that can go wrong. The same seed gives the same run.
///
/// A [dev.baton.simulation.World] is drawn from a seed, lives through its faults, heals, and is judged: after each
/// step by [dev.baton.simulation.Witness], at its end by [dev.baton.simulation.Account].
@NullMarked
package dev.baton.simulation;

import org.jspecify.annotations.NullMarked;
