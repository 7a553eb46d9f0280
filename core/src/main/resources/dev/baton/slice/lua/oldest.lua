-- oldest: since when the oldest entries wait, for people. Writes nothing, and no payload leaves the server.
--
-- KEYS[1] waiting  list
-- KEYS[2] retry    sorted set
-- KEYS[3…] lanes   lists
--
-- Returns {'ok', store millis, waiting's, retry's, each lane's…}   store millis at which the entry that is first, or the
--         first of a pack, was dispatched, -1 where there is none, or what is there is no entry
--@include time

local HEADER_BYTES = 24

local function since(entry)
  if not entry or #entry < HEADER_BYTES then
    return -1
  end
  local millis = 0
  for _, byte in ipairs({string.byte(entry, 7, 12)}) do
    millis = millis * 256 + byte
  end
  return millis
end

local reply = {'ok', store_millis(), since(redis.call('LINDEX', KEYS[1], 0)), since(redis.call('ZRANGE', KEYS[2], 0, 0)[1])}
for i = 3, #KEYS do
  reply[#reply + 1] = since(redis.call('LINDEX', KEYS[i], 0))
end
return reply
