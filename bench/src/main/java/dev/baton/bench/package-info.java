/// Measurements of Baton against a reference bridge, each in processes of its own on a Redis of its own, interleaved so that
/// a machine's moods fall on both.
///
/// [Bench] is the command; a [Trial] is one run of one [Subject]; [Load] publishes, [Tail] times what comes out, [Cpu] reads
/// what the processes cost.
@NullMarked
package dev.baton.bench;

import org.jspecify.annotations.NullMarked;
