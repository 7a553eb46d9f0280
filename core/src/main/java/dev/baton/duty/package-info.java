/// Roles as duty cycles: a [Duty] does a little work whenever it is called and says when it wants to be called again; a
/// [DutyRunner] owns the thread, the waiting and the closing.
///
/// A duty never blocks and reads no clock of its own, so a test or a simulation can step it by hand.
@NullMarked
package dev.baton.duty;

import org.jspecify.annotations.NullMarked;
