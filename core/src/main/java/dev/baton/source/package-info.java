/// Bytes in: one [Subscription] incarnation hears the channels and hands what it [Heard] to its reader through a bounded
/// queue; [Numbering] gives each message its position. Nothing here knows the store, and nothing parses a payload.
@NullMarked
package dev.baton.source;

import org.jspecify.annotations.NullMarked;
