-- What becomes of a dead letter when it is replayed: a fresh entry, without attempts or crashes.
local HEADER = '\1\0\0\0'

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

-- Has each letter that is there appended by what is given, and deletes them. Returns how many there were.
local function replay(dead, ledger, ids, append_to)
  local now = store_millis()
  local found = {}
  for _, id in ipairs(ids) do
    local letter = redis.call('XRANGE', dead, id, id)[1]
    if letter then
      found[#found + 1] = id
      append_to(entry_of(letter[2], now))
    end
  end
  if #found > 0 then
    redis.call('XDEL', dead, unpack(found))
    redis.call('HINCRBY', ledger, 'replayed', #found)
  end
  return #found
end
