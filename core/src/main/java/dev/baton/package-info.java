/// The words a user of Baton meets: a [Message] goes into a [MessageProcessor], an [Outcome] comes out, and a [Position]
/// tells every message from every other.
///
/// Nothing here knows Redis. The packages below follow the data: `source` hears messages, `dispatch` hands them out,
/// `slice` is the store they rest in, `worker` processes and commits them, `pipeline` puts the roles together.
@NullMarked
package dev.baton;

import org.jspecify.annotations.NullMarked;
