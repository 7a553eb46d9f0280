package dev.baton.slice;

/// How much unfinished work a slice holds, and how full its server is.
///
/// @param retrying entries that wait for another attempt
/// @param bytes memory of the lanes, of what waits and of what is to be tried again, about: the server looks at samples
/// @param usedMemory bytes that the server uses
/// @param maxMemory bytes that it may use, 0 for as many as there are
public record Room(long retrying, long bytes, long usedMemory, long maxMemory) {

    /// Nothing is known yet.
    public static final Room NOTHING = new Room(0, 0, 0, 0);
}
