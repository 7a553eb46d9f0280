-- group/reassign: the leader takes a lost worker's entries back, a bounded piece a call, and appends them anew for whoever
-- asks. The first call fences the worker; the call that finds nothing pending removes it and its consumer. Entries that
-- were in its hands get a crash mark.
--
-- A consumer that is no worker, for it had left while it still waited, was given entries but has nothing in its hands.
--
-- KEYS[1] lead     hash
-- KEYS[2] ledger   hash
-- KEYS[3] dead     stream
-- KEYS[4] workers  set
-- KEYS[5] ingest   stream
-- KEYS[6] worker   hash   of the lost one
-- ARGV[1] epoch         integer
-- ARGV[2] owner         string
-- ARGV[3] id            string    of the lost worker
-- ARGV[4] incarnation   string    of the lost worker, as observed
-- ARGV[5] beat          integer   that stood still for the whole timeout
-- ARGV[6] most crashes  integer   at this many an entry becomes a dead letter
-- ARGV[7] most entries  integer   to move in this call, at most 1000
-- ARGV[8] most bytes    integer   to move in this call, passed by at most one entry
--
-- Returns {'ok', moved, left}   left 0: the worker is gone
--         {'already'}           the worker was gone before, and its consumer has nothing
--         {'alive'}             it moved since the leader looked
--         {'fenced', epoch, owner}
--@include leader
--@include entry
--@include suspects
--@include whole
--@include group
--@include pending
--@include ingest

local most_crashes, most_entries, most_bytes = whole(ARGV[6]), whole(ARGV[7]), whole(ARGV[8])
if not most_crashes or not most_entries or most_entries > 1000 or not most_bytes then
  return redis.error_reply('BATON reassign: moves too much, or counts crashes to no number')
end
local refusal = fenced(KEYS[1], ARGV[1], ARGV[2])
if refusal then
  return refusal
end
local worker = redis.call('HMGET', KEYS[6], 'incarnation', 'beat', 'state', 'epoch', 'head', 'fetched')
if worker[1] and (worker[1] ~= ARGV[4] or (worker[3] ~= 'lost' and worker[2] ~= ARGV[5])) then
  return {'alive'}
end
redis.call('HLEN', KEYS[2])
redis.call('SCARD', KEYS[4])
local pending = held(KEYS[5])
local left = pending[ARGV[3]]
if not worker[1] and not left then
  return {'already'}
end
left = left or 0

local head, fetched = tonumber(worker[5] or 0), tonumber(worker[6] or 0)
ready_to_bury(KEYS[3], KEYS[2], math.max(0, math.min(left, fetched - head)))
if worker[1] and worker[3] ~= 'lost' then
  redis.call('HSET', KEYS[6], 'state', 'lost', 'epoch', tonumber(worker[4]) + 1)
  redis.call('HINCRBY', KEYS[1], 'roster', 1)
end
local moved, bytes = 0, 0
while left > 0 and moved < most_entries and bytes < most_bytes do
  local pair = given(KEYS[5], ARGV[3], '0', 1)[1]
  local entry = entry_in(pair)
  local kept = entry
  if head + moved < fetched then
    kept = mark_crash(entry, most_crashes, KEYS[3], KEYS[2], ARGV[3])
  end
  if kept then
    append(KEYS[5], kept)
  end
  take_out(KEYS[5], pair[1])
  bytes = bytes + #entry
  moved, left = moved + 1, left - 1
end
if head < fetched and moved > 0 then
  trim_dead(KEYS[3], KEYS[2])
end
if left > 0 then
  if worker[1] then
    redis.call('HSET', KEYS[6], 'head', head + moved)
  end
else
  if pending[ARGV[3]] then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[5], GROUP, ARGV[3])
  end
  if worker[1] then
    redis.call('HINCRBY', KEYS[1], 'roster', 1)
    redis.call('DEL', KEYS[6])
    redis.call('SREM', KEYS[4], ARGV[3])
  end
end
return {'ok', moved, left}
