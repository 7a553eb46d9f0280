-- group/retry: the leader appends entries whose time has come, a bounded piece a call.
--
-- KEYS[1] lead    hash
-- KEYS[2] retry   sorted set
-- KEYS[3] ingest  stream
-- ARGV[1] epoch         integer
-- ARGV[2] owner         string
-- ARGV[3] most entries  integer   to move in this call, at most 1000
-- ARGV[4] most bytes    integer   to move in this call, passed by at most one entry
--
-- Returns {'ok', moved, next}   in how many milliseconds the next is due, -1 if there is none
--         {'fenced', epoch, owner}
--@include leader
--@include time
--@include whole
--@include ingest

local most_entries, most_bytes = whole(ARGV[3]), whole(ARGV[4])
if not most_entries or most_entries > 1000 or not most_bytes then
  return redis.error_reply('BATON retry: moves too much')
end
local refusal = fenced(KEYS[1], ARGV[1], ARGV[2])
if refusal then
  return refusal
end
redis.call('XLEN', KEYS[3])
local now = store_millis()
local due = redis.call('ZRANGE', KEYS[2], '-inf', now, 'BYSCORE', 'LIMIT', 0, most_entries)
local moved, bytes = 0, 0
while moved < #due and bytes < most_bytes do
  moved = moved + 1
  bytes = bytes + #due[moved]
end
-- Asked before anything is removed: a key that is gone must not be touched again while a cluster moves its slot.
local behind = redis.call('ZRANGE', KEYS[2], moved, moved, 'WITHSCORES')
for i = 1, moved do
  append(KEYS[3], due[i])
end
if moved > 0 then
  redis.call('ZREM', KEYS[2], unpack(due, 1, moved))
end
return {'ok', moved, behind[2] and math.max(0, tonumber(behind[2]) - now) or -1}
