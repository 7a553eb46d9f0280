package dev.baton.slice;

/// How much unfinished work a slice holds, and how full its server is.
///
/// @param retrying entries that wait for another attempt
/// @param bytes memory of the lanes, of what waits and of what is to be tried again; an estimate, for `MEMORY USAGE` looks at
///     samples; -1 if nobody asked, or the server does not tell us
/// @param usedMemory bytes that the server uses
/// @param maxMemory bytes that it may use before it refuses writes; 0 if there is no such bound: none is set, it evicts keys instead, or
///     does not tell us
public record Usage(long retrying, long bytes, long usedMemory, long maxMemory) {

    /// Nothing is known yet.
    public static final Usage UNKNOWN = new Usage(0, -1, 0, 0);
}
