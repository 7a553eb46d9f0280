-- group/dispatch: the leader appends a batch of entries and moves the watermark past them, or neither. A batch without
-- entries moves the watermark over a quiet stretch. Which worker gets an entry is decided when one asks.
--
-- KEYS[1] lead     hash
-- KEYS[2] ledger   hash
-- KEYS[3] ingest   stream
-- ARGV[1] epoch     integer
-- ARGV[2] owner     string
-- ARGV[3] expected  position   where the watermark must stand
-- ARGV[4] new       position   where it stands afterwards
-- ARGV[5…] the entries, at most 1000
--
-- Returns {'ok' or 'already', watermark, roster, store millis, entries not finished}
--         {'conflict', watermark}   the watermark stands elsewhere; nothing was written
--         {'ends', position}        the slice ends before the new watermark; nothing was written
--         {'fenced', epoch, owner}
--@include ends
--@include leader
--@include time
--@include ingest

local MOST_ENTRIES = 1000
local FIRST_ENTRY = 5

local refusal = fenced(KEYS[1], ARGV[1], ARGV[2])
if refusal then
  return refusal
end
local lead = redis.call('HMGET', KEYS[1], 'watermark', 'roster', 'ends')
local watermark, roster = lead[1], tonumber(lead[2] or 0)
local now = store_millis()
if watermark >= ARGV[4] then
  return {'already', watermark, roster, now, redis.call('XLEN', KEYS[3])}
end
if watermark ~= ARGV[3] then
  return {'conflict', watermark}
end
local ended = beyond_the_end(lead[3], ARGV[4])
if ended then
  return ended
end
redis.call('HLEN', KEYS[2])
local held = redis.call('XLEN', KEYS[3])
local entries = #ARGV - FIRST_ENTRY + 1
if entries > MOST_ENTRIES then
  return redis.error_reply('BATON dispatch: too many entries')
end
for i = FIRST_ENTRY, #ARGV do
  append(KEYS[3], ARGV[i])
end
redis.call('HSET', KEYS[1], 'watermark', ARGV[4], 'moved', now)
if entries > 0 then
  redis.call('HINCRBY', KEYS[2], 'dispatched', entries)
end
return {'ok', ARGV[4], roster, now, held + entries}
