-- group/leave: a worker goes. What its consumer was given is appended anew, a bounded piece a call; the call that finds
-- nothing pending removes the worker and its consumer.
--
-- KEYS[1] workers  set
-- KEYS[2] worker   hash
-- KEYS[3] ingest   stream
-- KEYS[4] lead     hash
-- ARGV[1] id            string
-- ARGV[2] incarnation   string
-- ARGV[3] most entries  integer   to move in this call, at most 1000
-- ARGV[4] most bytes    integer   to move in this call, passed by at most one entry
--
-- Returns {'ok', 0} gone; {'ok', left} call again; {'already', 0} gone before; {'fenced'} another incarnation has the lane
--@include whole
--@include group
--@include pending
--@include ingest

local most_entries, most_bytes = whole(ARGV[3]), whole(ARGV[4])
if not most_entries or most_entries > 1000 or not most_bytes then
  return redis.error_reply('BATON leave: moves too much')
end
local stored = redis.call('HMGET', KEYS[2], 'incarnation', 'state', 'head')
if not stored[1] then
  return {'already', 0}
end
if stored[1] ~= ARGV[2] or (stored[2] ~= 'live' and stored[2] ~= 'quiet') then
  return {'fenced'}
end
redis.call('SCARD', KEYS[1])
redis.call('HLEN', KEYS[4])
local pending = held(KEYS[3])
local left = pending[ARGV[1]] or 0

local moved, bytes = 0, 0
while left > 0 and moved < most_entries and bytes < most_bytes do
  local pair = given(KEYS[3], ARGV[1], '0', 1)[1]
  local entry = entry_in(pair)
  append(KEYS[3], entry)
  take_out(KEYS[3], pair[1])
  bytes = bytes + #entry
  moved, left = moved + 1, left - 1
end
if left > 0 then
  local head = tonumber(stored[3]) + moved
  redis.call('HSET', KEYS[2], 'state', 'quiet', 'head', head, 'fetched', head, 'last', '')
else
  if pending[ARGV[1]] then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[3], GROUP, ARGV[1])
  end
  redis.call('DEL', KEYS[2])
  redis.call('SREM', KEYS[1], ARGV[1])
end
redis.call('HINCRBY', KEYS[4], 'roster', 1)
return {'ok', left}
