-- deal: the leader moves entries that waited for a worker into live lanes in turn, a bounded piece a call.
--
-- KEYS[1] lead     hash
-- KEYS[2] waiting  list
-- KEYS[3], KEYS[4] a live worker's hash and its lane; at least one pair
-- ARGV[1] epoch         integer
-- ARGV[2] owner         string
-- ARGV[3] most entries  integer   to move in this call, at most 1000
-- ARGV[4] most bytes    integer   to move in this call, passed by at most one entry
--
-- Returns {'ok', moved, left}, {'lane', ordinal…} these lanes have no live worker, {'fenced', epoch, owner}
--@include leader
--@include lanes
--@include whole

local most_entries, most_bytes = whole(ARGV[3]), whole(ARGV[4])
if not most_entries or most_entries > 1000 or not most_bytes or #KEYS < 4 then
  return redis.error_reply('BATON deal: moves too much, or nowhere')
end
local refusal = fenced(KEYS[1], ARGV[1], ARGV[2])
if refusal then
  return refusal
end
local lanes, not_live = live_lanes(3)
if not_live then
  return not_live
end
local left = redis.call('LLEN', KEYS[2])
local moved, bytes = 0, 0
while left > 0 and moved < most_entries and bytes < most_bytes do
  bytes = bytes + #redis.call('LMOVE', KEYS[2], KEYS[4 + 2 * (moved % lanes)], 'LEFT', 'RIGHT')
  moved, left = moved + 1, left - 1
end
return {'ok', moved, left}
