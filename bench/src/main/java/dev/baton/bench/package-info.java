/// Measurements of Baton against a reference bridge, each in processes of its own on a Redis of its own, interleaved so that
/// a machine's moods fall on both.
///
/// [Bench] is the command; it makes a [Plan] of [Cell]s, a subject in a scenario each, which a [Series] measures in turn. A
/// [Trial] is one run of one [Subject] with its [Processes]; [Load] publishes, [Tail] times what comes out, [Cpu] and [Heap] read
/// what the processes cost. [Parts] measures the server's single commands. [Figures] are what comes out, a [Report] prints
/// them. [Micro] runs pieces of the code by themselves; those are in the packages of what they measure.
@NullMarked
package dev.baton.bench;

import org.jspecify.annotations.NullMarked;
