-- replay: dead letters become entries again, as if their messages had just been dispatched: each waits for a worker, without
-- attempts or crashes, and is a dead letter no more.
--
-- KEYS[1] dead     stream
-- KEYS[2] waiting  list
-- KEYS[3] ledger   hash
-- ARGV[1…] ids of dead letters, at most 1000; one that is not there is passed over
--
-- Returns {'ok', replayed}
--@include time

local MOST = 1000
local HEADER = '\1\0\0\0'

if #ARGV > MOST then
  return redis.error_reply('BATON replay: too many at once')
end
redis.call('LLEN', KEYS[2])
redis.call('HLEN', KEYS[3])

local function two_bytes(number)
  return string.char(math.floor(number / 256), number % 256)
end

local function time_bytes(millis)
  local bytes = ''
  for _ = 1, 6 do
    bytes = string.char(millis % 256) .. bytes
    millis = math.floor(millis / 256)
  end
  return bytes
end

-- What had no position was no entry: its payload is all there was of it.
local function entry_of(letter, now)
  local fields = {}
  for i = 1, #letter, 2 do
    fields[letter[i]] = letter[i + 1]
  end
  local position = string.gsub(fields.position or '', '%.', '')
  if #position ~= 24 then
    return fields.payload
  end
  local channel = fields.channel or ''
  return HEADER .. two_bytes(#channel) .. time_bytes(now)
    .. string.gsub(position, '%x%x', function(hex) return string.char(tonumber(hex, 16)) end)
    .. channel .. fields.payload
end

local now = store_millis()
local found = {}
for _, id in ipairs(ARGV) do
  local letter = redis.call('XRANGE', KEYS[1], id, id)[1]
  if letter then
    found[#found + 1] = id
    redis.call('RPUSH', KEYS[2], entry_of(letter[2], now))
  end
end
if #found > 0 then
  redis.call('XDEL', KEYS[1], unpack(found))
  redis.call('HINCRBY', KEYS[3], 'replayed', #found)
end
return {'ok', #found}
