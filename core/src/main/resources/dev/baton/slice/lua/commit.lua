-- commit: a worker finishes the first entries of its lane and takes the next ones. Each outcome takes effect in the
-- same step in which its entry leaves the lane. With no outcomes it only reads.
--
-- KEYS[1] worker  hash
-- KEYS[2] lane    list
-- KEYS[3] stream  stream
-- KEYS[4] dead    stream
-- KEYS[5] ledger  hash
-- KEYS[6] retry   sorted set
-- KEYS[7…] other streams of the slice that outcomes name by their ordinal, from 1
-- ARGV[1] id            string
-- ARGV[2] incarnation   string
-- ARGV[3] lane epoch    integer
-- ARGV[4] head          integer   how many entries had left the lane before this call
-- ARGV[5] finished      integer   how many leave it now, at most 1000
-- ARGV[6] read from     integer   ordinal of the first entry wanted, counted like head; the worker holds those before it
-- ARGV[7] most entries  integer   wanted; the worker never holds more than 1000
-- ARGV[8] most bytes    integer   wanted, passed by at most one entry
-- ARGV[9] positions     bytes     of the finished entries, bytes 12 to 23 of each, 0 where it is too short: after a store
--                                 lost its tail, other entries may stand where the caller's stood
-- then for each finished entry, oldest first, one of
--   'p', n, ids, names of the fields for id and payload, name and value of the worker's, names of those for position and
--   channel, m and m names and values                 the next n entries are passed on as they came, under these ids, each
--                                                     with its length in two bytes before it; m is even, at most 1000
--   k, and k times: m and m field names and values    k stream entries (0 drops the message); m is even, at most 1000;
--                                                     't' and an ordinal before m send the entry to another stream
--   'd', reason, error, message id or ''              a dead letter
--   'r', delay in milliseconds                        another attempt after that time; what is no entry is buried instead
--   'x'                                               dropped because it was too old
--
-- An entry with a crash mark is handed out alone: only when the worker holds nothing else, and nothing after it until
-- it is finished.
--
-- Returns {'ok' or 'already', head, backlog, store millis, entry…}
--         {'conflict', head}   the lane stands elsewhere; nothing was written
--         {'fenced'}
--@include entry
--@include time
--@include whole
--@include outcomes

-- The first entries of the lane, if they are those with these positions, else nothing. Looked at in steps, for entries may
-- be large; what is not kept for that has to be read again.
local function meant_entries(lane, count, positions)
  local kept, bytes = {}, 0
  for from = 0, count - 1, ENTRIES_PER_LOOK do
    local entries = redis.call('LRANGE', lane, from, math.min(from + ENTRIES_PER_LOOK, count) - 1)
    for i, entry in ipairs(entries) do
      if not is_meant(entry, positions, from + i - 1) then
        return nil
      end
      bytes = bytes + #entry
      if bytes <= MOST_KEPT_BYTES then
        kept[from + i] = entry
      end
    end
  end
  return kept
end

local stored = redis.call('HMGET', KEYS[1], 'incarnation', 'epoch', 'head', 'state', 'fetched')
if stored[1] ~= ARGV[2] or stored[2] ~= ARGV[3] or (stored[4] ~= 'live' and stored[4] ~= 'quiet') then
  return {'fenced'}
end
local head, finished, read_from = whole(ARGV[4]), whole(ARGV[5]), whole(ARGV[6])
local most_entries, most_bytes = whole(ARGV[7]), whole(ARGV[8])
if not head or not finished or not read_from or not most_entries or not most_bytes then
  return redis.error_reply('BATON commit: an argument is no whole number')
end
if finished > MOST_ENTRIES or read_from < head + finished then
  return redis.error_reply('BATON commit: reads what it finishes, or finishes too much')
end
local stored_head = tonumber(stored[3])
local backlog = redis.call('LLEN', KEYS[2])
local status = 'ok'

if stored_head ~= head then
  -- A copy of a call that was applied, or a lane that went back or on without the caller.
  if stored_head < head + finished or stored_head > read_from then
    return {'conflict', stored_head}
  end
  status = 'already'
elseif finished > 0 then
  if #ARGV[9] ~= finished * POSITION_BYTES then
    return redis.error_reply('BATON commit: the positions do not fit their number')
  end
  local entries = finished <= backlog and meant_entries(KEYS[2], finished, ARGV[9])
  if not entries then
    return {'conflict', stored_head}
  end
  local unfit = unfit_outcomes(finished)
  if unfit then
    return unfit
  end
  apply_outcomes(finished, function(i)
    return entries[i] or redis.call('LINDEX', KEYS[2], i - 1)
  end, store_millis())
  redis.call('LTRIM', KEYS[2], finished, -1)
  stored_head = head + finished
  backlog = backlog - finished
  redis.call('HSET', KEYS[1], 'head', stored_head)
end

local reply = {status, stored_head, backlog, store_millis()}
local offset = read_from - stored_head
local wanted = math.min(most_entries, MOST_ENTRIES - offset)
if wanted <= 0 or offset >= backlog then
  return reply
end
if offset > 0 and crashes_of(redis.call('LINDEX', KEYS[2], 0)) > 0 then
  return reply
end
-- Read in steps, so that a lane of large entries is not loaded whole: at first one, then twice as many each time, and no
-- more than the largest seen allows.
local room, largest, step, got = most_bytes, 1, 1, 0
local alone, byte = false, string.byte
while got < wanted and room > 0 and not alone do
  local first = offset + got
  local entries = redis.call('LRANGE', KEYS[2], first, first + math.min(step, wanted - got) - 1)
  if #entries == 0 then
    break
  end
  for i = 1, #entries do
    local entry = entries[i]
    local bytes = #entry
    if bytes >= HEADER_BYTES and byte(entry, 3) > 0 then
      alone = true
      if offset + got > 0 then
        break
      end
    end
    got = got + 1
    reply[4 + got] = entry
    room = room - bytes
    if bytes > largest then
      largest = bytes
    end
    if alone or room <= 0 then
      break
    end
  end
  step = math.max(1, math.min(128, 2 * step, math.floor(room / largest)))
end
if read_from + got > tonumber(stored[5]) then
  redis.call('HSET', KEYS[1], 'fetched', read_from + got)
end
return reply
