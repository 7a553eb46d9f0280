/// Faults on purpose: real processes on a real Redis, under load, broken in ways that a printed seed chooses.
///
/// [Plan] says when which [Fault] comes; [ChaosRun] opens a [Site] with its servers, starts a [Fleet] of child processes and
/// a [Load], lets the faults act on the [Ground] and keeps their [History]. At the end the [Account] hands what was
/// published ([Answers]) and what came out ([Harvest]) to the [Checker], which needs no Redis, and names what must not be. Children and servers end with this process, however it ends.
@NullMarked
package dev.baton.server.chaos;

import org.jspecify.annotations.NullMarked;
