-- dispatch: the leader appends a batch of entries to lanes and moves the watermark past them, or neither. A batch without
-- entries moves the watermark over a quiet stretch.
--
-- KEYS[1] lead     hash
-- KEYS[2] ledger   hash
-- KEYS[3] waiting  list
-- KEYS[4], KEYS[5] a worker's hash and its lane; as many pairs as the batch has lanes, none if all entries wait
-- ARGV[1] epoch     integer
-- ARGV[2] owner     string
-- ARGV[3] expected  position   where the watermark must stand
-- ARGV[4] new       position   where it stands afterwards
-- ARGV[5] integer   how many entries go to waiting
-- ARGV[6…] integer  how many elements go to each lane, in the order of the keys: entries, and packs of them
-- then the elements, waiting's first, at most 1000 entries
--
-- Returns {'ok' or 'already', watermark, roster, store millis, entries in waiting, in each lane…}
--         {'conflict', watermark}   the watermark stands elsewhere; nothing was written
--         {'ends', position}        the slice ends before the new watermark; nothing was written
--         {'lane', ordinal…}        these lanes have no live worker; nothing was written
--         {'fenced', epoch, owner}
--@include ends
--@include leader
--@include lanes
--@include time
--@include entry
--@include packs

local MOST_ENTRIES = 1000
local FIRST_LANE = 4

local refusal = fenced(KEYS[1], ARGV[1], ARGV[2])
if refusal then
  return refusal
end
local lead = redis.call('HMGET', KEYS[1], 'watermark', 'roster', 'ends')
local watermark, roster = lead[1], tonumber(lead[2] or 0)

local now = store_millis()

local function answer(status)
  local reply = {status, watermark, roster, now, redis.call('LLEN', KEYS[3])}
  for key = FIRST_LANE + 1, #KEYS, 2 do
    reply[#reply + 1] = entries_in(KEYS[key], redis.call('HGET', KEYS[key - 1], 'packed'))
  end
  return reply
end

if watermark >= ARGV[4] then
  return answer('already')
end
if watermark ~= ARGV[3] then
  return {'conflict', watermark}
end
local ended = beyond_the_end(lead[3], ARGV[4])
if ended then
  return ended
end
redis.call('HLEN', KEYS[2])
redis.call('LLEN', KEYS[3])
local lanes, not_live = live_lanes(FIRST_LANE)
if not_live then
  return not_live
end
local next_element = 6 + lanes
local elements = 0
for lane = 0, lanes do
  elements = elements + tonumber(ARGV[5 + lane])
end
if elements < 0 or elements > 2 * MOST_ENTRIES or next_element + elements - 1 ~= #ARGV then
  return redis.error_reply('BATON dispatch: the counts do not fit the entries')
end
local sizes, entries, i = {}, 0, next_element
while i <= #ARGV do
  local size = pack_size(ARGV[i])
  if size and i < next_element + tonumber(ARGV[5]) then
    return redis.error_reply('BATON dispatch: a pack outside a lane')
  end
  sizes[i] = size or 1
  entries = entries + sizes[i]
  i = i + (size and 2 or 1)
end
if entries > MOST_ENTRIES then
  return redis.error_reply('BATON dispatch: the counts do not fit the entries')
end

for lane = 0, lanes do
  local count = tonumber(ARGV[5 + lane])
  if count > 0 then
    local list = lane == 0 and KEYS[3] or KEYS[FIRST_LANE + 2 * lane - 1]
    local length = redis.call('RPUSH', list, unpack(ARGV, next_element, next_element + count - 1))
    local packed = -count
    for i = next_element, next_element + count - 1 do
      packed = packed + (sizes[i] or 0)
    end
    if packed ~= 0 then
      redis.call(length > count and 'HINCRBY' or 'HSET', KEYS[FIRST_LANE + 2 * lane - 2], 'packed', packed)
    end
    next_element = next_element + count
  end
end
watermark = ARGV[4]
redis.call('HSET', KEYS[1], 'watermark', watermark, 'moved', now)
if entries > 0 then
  redis.call('HINCRBY', KEYS[2], 'dispatched', entries)
end
return answer('ok')
