package dev.baton.server.chaos;

import java.util.BitSet;

/// What the server said to each publication. Publications are numbered from 0 in the order in which one connection sent
/// them, which is also the order in which every subscriber hears them.
///
/// @param published how many were sent
/// @param heard those whose `PUBLISH` was confirmed with at least one receiver; nobody knows about those that
///     are neither here nor among the unheard
/// @param unheard those whose `PUBLISH` was confirmed with no receiver at all: they are certainly missing
/// @param unfit those that no worker may commit: they must become dead letters
record Answers(int published, BitSet heard, BitSet unheard, BitSet unfit) {}
