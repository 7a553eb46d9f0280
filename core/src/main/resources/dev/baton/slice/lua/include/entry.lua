-- How to read an entry of a lane. Included by scripts that need it; the layout is described in docs/protocol.md.
-- Byte 2 counts attempts, byte 3 crashes; bytes 5-6 the channel's length; 7-12 the store's time at dispatch; 13-24 the position.
-- What is shorter than a header is no entry: it has no crashes, gets no mark, and is buried as it is.
local HEADER_BYTES = 24

local function crashes_of(entry)
  return #entry < HEADER_BYTES and 0 or string.byte(entry, 3)
end

local function with_one_more_crash(entry)
  if #entry < HEADER_BYTES then
    return entry
  end
  return string.sub(entry, 1, 2) .. string.char(math.min(255, crashes_of(entry) + 1)) .. string.sub(entry, 4)
end

-- Nothing for what is no entry.
local function with_one_more_attempt(entry)
  if #entry < HEADER_BYTES then
    return nil
  end
  return string.sub(entry, 1, 1) .. string.char(math.min(255, string.byte(entry, 2) + 1)) .. string.sub(entry, 3)
end

local function position_of(entry)
  if #entry < HEADER_BYTES then
    return ''
  end
  return string.format('%02x%02x%02x%02x.%02x%02x%02x%02x.%02x%02x%02x%02x', string.byte(entry, 13, 24))
end

-- Over the bound that the leader set, the oldest dead letters go, and are counted: once a script, in pieces where the bound
-- was lowered.
local MOST_TRIMMED = 1000

local function most_dead(ledger)
  return tonumber(redis.call('HGET', ledger, 'max_dead') or 0)
end

-- Before the first write of a script that may bury so many: fails if the key holds something else, or if what will have to
-- go may not be trimmed. A refusal half-way would be no refusal.
local function ready_to_bury(dead, ledger, letters)
  local length, bound = redis.call('XLEN', dead), most_dead(ledger)
  if letters > 0 and bound > 0 and length + letters > bound then
    redis.call('XTRIM', dead, 'MAXLEN', '=', length)
  end
end

-- After the last.
local function trim_dead(dead, ledger)
  local length, bound = redis.call('XLEN', dead), most_dead(ledger)
  if bound > 0 and length > bound then
    local trimmed = redis.call('XTRIM', dead, 'MAXLEN', '=', math.max(bound, length - MOST_TRIMMED))
    redis.call('HINCRBY', ledger, 'dead_trimmed', trimmed)
  end
end

-- Writes the dead letter of an entry, its payload unchanged. An empty id or channel is left out.
local function bury(dead, entry, reason, problem, worker, id)
  local payload_from = 1
  if #entry >= HEADER_BYTES then
    local high, low = string.byte(entry, 5, 6)
    payload_from = HEADER_BYTES + high * 256 + low + 1
  end
  local letter = {
    'reason', reason, 'error', problem, 'attempts', string.byte(entry, 2) or 0, 'crashes', crashes_of(entry),
    'position', position_of(entry), 'worker', worker, 'payload', string.sub(entry, payload_from)
  }
  if payload_from > HEADER_BYTES + 1 then
    letter[#letter + 1] = 'channel'
    letter[#letter + 1] = string.sub(entry, HEADER_BYTES + 1, payload_from - 1)
  end
  if id ~= '' then
    letter[#letter + 1] = 'message_id'
    letter[#letter + 1] = id
  end
  redis.call('XADD', dead, '*', unpack(letter))
end
