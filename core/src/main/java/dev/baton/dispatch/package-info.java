/// The dispatcher's role: stand by, be elected, lead.
///
/// [DispatcherDuty] is the life of a dispatcher. As a standby it watches the lead ([Election]) until it stands still;
/// as a leader ([Leader]) it numbers what it hears, keeps it in [Retained], of which each slice has a [Cursor], sends it to lanes in fenced batches
/// ([Dispatching]) that a [LaneChoice] shares out by what [Lanes] knows of them, as long as [BacklogBound] lets it, and watches over the workers ([WorkerWatch]). None of these blocks or has a thread of its own.
@NullMarked
package dev.baton.dispatch;

import org.jspecify.annotations.NullMarked;
