package dev.baton.dispatch;

/// One lane that may be chosen, as far as the leader knows.
///
/// @param worker whose it is
/// @param capacity the share its worker asks for, at least 1
/// @param backlog entries in it: those of the last look, and what was dispatched to it since
/// @param perSecond how many entries its worker finished a second while it had some, 0 while that is not known
public record Lane(String worker, int capacity, long backlog, double perSecond) {}
