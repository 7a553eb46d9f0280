-- leave: a worker goes. What its lane still holds moves to waiting, a bounded piece a call; the call that finds the
-- lane empty removes the worker.
--
-- KEYS[1] workers  set
-- KEYS[2] worker   hash
-- KEYS[3] lane     list
-- KEYS[4] waiting  list
-- KEYS[5] lead     hash
-- ARGV[1] id            string
-- ARGV[2] incarnation   string
-- ARGV[3] most entries  integer   to move in this call, at most 1000
-- ARGV[4] most bytes    integer   to move in this call, passed by at most one entry, or one pack
--
-- Returns {'ok', 0} gone; {'ok', left} call again; {'already', 0} gone before; {'fenced'} another incarnation has the lane
--@include whole
--@include entry
--@include packs

local most_entries, most_bytes = whole(ARGV[3]), whole(ARGV[4])
if not most_entries or most_entries > 1000 or not most_bytes then
  return redis.error_reply('BATON leave: moves too much')
end
local stored = redis.call('HMGET', KEYS[2], 'incarnation', 'state', 'head', 'packed')
if not stored[1] then
  return {'already', 0}
end
if stored[1] ~= ARGV[2] or (stored[2] ~= 'live' and stored[2] ~= 'quiet') then
  return {'fenced'}
end
redis.call('SCARD', KEYS[1])
redis.call('LLEN', KEYS[4])
redis.call('HLEN', KEYS[5])

local moved, bytes = 0, 0
local left, packed = entries_in(KEYS[3], stored[4])
local elements = left - packed
-- By elements: somebody who deleted some by hand leaves a wrong number of entries behind.
while elements > 0 and moved < most_entries and bytes < most_bytes do
  local size, element = 1, redis.call('LINDEX', KEYS[3], 0)
  if pack_size(element) then
    size = pack_size(element)
    local body = redis.call('LINDEX', KEYS[3], 1) or ''
    for _, entry in ipairs(entries_of(element, body)) do
      redis.call('RPUSH', KEYS[4], entry)
    end
    redis.call('LPOP', KEYS[3], 2)
    bytes, packed, elements = bytes + #body, packed - size + 2, elements - 2
  else
    redis.call('LMOVE', KEYS[3], KEYS[4], 'LEFT', 'RIGHT')
    elements = elements - 1
  end
  bytes = bytes + #element
  moved, left = moved + size, left - size
end
left = elements > 0 and math.max(1, left) or 0
if left > 0 then
  local head = tonumber(stored[3]) + moved
  redis.call('HSET', KEYS[2], 'state', 'quiet', 'head', head, 'fetched', head, 'packed', packed, 'held', 0, 'into', 0)
else
  redis.call('DEL', KEYS[2])
  redis.call('SREM', KEYS[1], ARGV[1])
end
redis.call('HINCRBY', KEYS[5], 'roster', 1)
return {'ok', left}
