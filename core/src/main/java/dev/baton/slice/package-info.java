/// The store's side: one slice is one hash slot, and every change of it is one atomic script.
///
/// [SliceKeys] names the keys, an [Element] is what lies in one place of a lane: an [Entry], or a [Pack] of them. [Slice] has one typed call for each script,
/// and [RedisSlice] makes those calls on a real server. Invariants the scripts keep: the books balance at every moment;
/// a write by a former owner has no effect; the same call twice has the effect of one.
@NullMarked
package dev.baton.slice;

import org.jspecify.annotations.NullMarked;
