/// A real Redis server of one's own, for trying Baton out and for tests: started from a binary that travels in the jar,
/// bound to loopback, and gone when this process is gone, however it ended.
@NullMarked
package dev.baton.server.embedded;

import org.jspecify.annotations.NullMarked;
