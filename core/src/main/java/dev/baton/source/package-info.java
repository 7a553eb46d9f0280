/// Bytes in: one [Subscription] incarnation hears the data channels and the control channel in the server's own order and
/// hands what it [Heard] to its reader through a bounded queue. [Numbering] gives each message its position, by the
/// marks among the [Control] messages. Nothing here knows the store, and nothing parses a payload.
@NullMarked
package dev.baton.source;

import org.jspecify.annotations.NullMarked;
