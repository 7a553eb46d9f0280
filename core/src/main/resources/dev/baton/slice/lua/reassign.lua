-- reassign: the leader takes a lost worker's entries to live lanes, a bounded piece a call. The first call fences the
-- worker; the call that finds the lane empty removes it. Entries that were in its hands get a crash mark.
--
-- KEYS[1] lead     hash
-- KEYS[2] ledger   hash
-- KEYS[3] dead     stream
-- KEYS[4] workers  set
-- KEYS[5] waiting  list
-- KEYS[6] worker   hash   of the lost one
-- KEYS[7] lane     list   of the lost one
-- KEYS[8], KEYS[9] a live worker's hash and its lane, never the lost one's; as many pairs as wanted; with none, entries
--                  go to waiting
-- ARGV[1] epoch         integer
-- ARGV[2] owner         string
-- ARGV[3] id            string    of the lost worker
-- ARGV[4] incarnation   string    of the lost worker, as observed
-- ARGV[5] beat          integer   that stood still for the whole timeout
-- ARGV[6] most crashes  integer   at this many an entry becomes a dead letter
-- ARGV[7] most entries  integer   to move in this call, at most 1000
-- ARGV[8] most bytes    integer   to move in this call, passed by at most one entry, or one pack
--
-- Returns {'ok', moved, left}   left 0: the worker is gone
--         {'already'}           the worker was gone before
--         {'alive'}             it moved since the leader looked
--         {'lane', ordinal…}    these lanes have no live worker; nothing was written
--         {'fenced', epoch, owner}
--@include leader
--@include lanes
--@include entry
--@include packs
--@include suspects
--@include whole

local most_crashes, most_entries, most_bytes = whole(ARGV[6]), whole(ARGV[7]), whole(ARGV[8])
if not most_crashes or not most_entries or most_entries > 1000 or not most_bytes then
  return redis.error_reply('BATON reassign: moves too much, or counts crashes to no number')
end
local refusal = fenced(KEYS[1], ARGV[1], ARGV[2])
if refusal then
  return refusal
end
local worker = redis.call('HMGET', KEYS[6], 'incarnation', 'beat', 'state', 'epoch', 'head', 'fetched', 'packed')
if not worker[1] then
  return {'already'}
end
if worker[1] ~= ARGV[4] or (worker[3] ~= 'lost' and worker[2] ~= ARGV[5]) then
  return {'alive'}
end
redis.call('HLEN', KEYS[2])
redis.call('SCARD', KEYS[4])
redis.call('LLEN', KEYS[5])
redis.call('LINDEX', KEYS[7], 0)
local left, packed = entries_in(KEYS[7], worker[7])
local elements = left - packed
local lanes, not_live = live_lanes(8)
if not_live then
  return not_live
end
for lane = 1, lanes do
  if KEYS[6 + 2 * lane] == KEYS[6] then
    return {'lane', lane}
  end
end

local head, fetched = tonumber(worker[5]), tonumber(worker[6])
ready_to_bury(KEYS[3], KEYS[2], math.max(0, math.min(left, fetched - head)))
if worker[3] ~= 'lost' then
  redis.call('HSET', KEYS[6], 'state', 'lost', 'epoch', tonumber(worker[4]) + 1)
  redis.call('HINCRBY', KEYS[1], 'roster', 1)
end
local moved, bytes, turn = 0, 0, 0
-- By elements: somebody who deleted some by hand leaves a wrong number of entries behind.
while elements > 0 and moved < most_entries and bytes < most_bytes do
  local element = redis.call('LINDEX', KEYS[7], 0)
  local size = pack_size(element)
  local in_hand = head + moved < fetched
  local to_lane = lanes > 0 and 8 + 2 * (turn % lanes)
  local places = size and 2 or 1
  if not in_hand and (to_lane or not size) then
    for _ = 1, places do
      bytes = bytes + #(redis.call('LMOVE', KEYS[7], to_lane and KEYS[to_lane + 1] or KEYS[5], 'LEFT', 'RIGHT') or '')
    end
    if size then
      redis.call('HINCRBY', KEYS[to_lane], 'packed', size - places)
    end
    turn = turn + 1
  else
    local body = size and redis.call('LINDEX', KEYS[7], 1) or ''
    for i, entry in ipairs(entries_of(element, body)) do
      local kept = entry
      if head + moved + i <= fetched then
        kept = mark_crash(entry, most_crashes, KEYS[3], KEYS[2], ARGV[3])
      end
      if kept then
        redis.call('RPUSH', lanes > 0 and KEYS[9 + 2 * (turn % lanes)] or KEYS[5], kept)
      end
      turn = turn + 1
    end
    redis.call('LPOP', KEYS[7], places)
    bytes = bytes + #element + #body
  end
  size = size or 1
  moved, left, packed, elements = moved + size, left - size, packed - size + places, elements - places
end
if head < fetched and moved > 0 then
  trim_dead(KEYS[3], KEYS[2])
end
left = elements > 0 and math.max(1, left) or 0
if left > 0 then
  redis.call('HSET', KEYS[6], 'head', head + moved, 'packed', packed, 'held', 0, 'into', 0)
else
  redis.call('DEL', KEYS[6])
  redis.call('SREM', KEYS[4], ARGV[3])
  redis.call('HINCRBY', KEYS[1], 'roster', 1)
end
return {'ok', moved, left}
