/// The worker's role: join, read a lane, parse and process, commit.
///
/// [WorkerDuty] is the life of a worker; [LaneWindow] holds the entries it has read and not yet committed; [Processing]
/// runs the user's [dev.baton.MessageProcessor] on them, on threads of its own. [MessageReader] finds a message's id and
/// [FlatReader] its fields: only they know JSON. [EntryFields] writes a stream entry as [StreamForm] says.
@NullMarked
package dev.baton.worker;

import org.jspecify.annotations.NullMarked;
