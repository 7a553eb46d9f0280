-- commit: a worker finishes the first entries of its lane and takes the next ones. Each outcome takes effect in the
-- same step in which its entry leaves the lane. With no outcomes it only reads.
--
-- KEYS[1] worker  hash
-- KEYS[2] lane    list
-- KEYS[3] stream  stream
-- KEYS[4] dead    stream
-- KEYS[5] ledger  hash
-- KEYS[6] retry   sorted set
-- KEYS[7…] other streams of the slice that outcomes name by their ordinal, from 1; with a turn, last the gate
-- ARGV[1] id            string
-- ARGV[2] incarnation   string
-- ARGV[3] lane epoch    integer
-- ARGV[4] head          integer   how many entries had left the lane before this call
-- ARGV[5] finished      integer   how many leave it now, at most 1000
-- ARGV[6] read from     integer   ordinal of the first entry wanted, counted like head; the worker holds those before it
-- ARGV[7] most entries  integer   wanted; the worker never holds more than 1000
-- ARGV[8] most bytes    integer   wanted, passed by at most one entry or pack
-- ARGV[9] positions     bytes     of the finished entries, bytes 12 to 23 of each, 0 where it is too short, in runs of 16
--                                 bytes: a position, in two bytes how many, in one how far the indexes of neighbours are
--                                 apart, 0. After a store lost its tail, other entries may stand where the caller's stood
-- ARGV[10] turn         string    '' usually. In a transaction that also adds to the stream 'before' that and 'after' it, see below
-- then for each finished entry, oldest first, one of
--   'w', n                                            the next n entries are passed on, the transaction adds their stream entries
--   'p', n, ids, names of the fields for id and payload, name and value of the worker's, names of those for position and
--   channel, m and m names and values                 the next n entries are passed on as they came, under these ids, each
--                                                     with its length in two bytes before it; m is even, at most 1000
--   k, and k times: m and m field names and values    k stream entries (0 drops the message); m is even, at most 1000;
--                                                     't' and an ordinal before m send the entry to another stream
--   'd', reason, error, message id or ''              a dead letter
--   'r', delay in milliseconds                        another attempt after that time; what is no entry is buried instead
--   'x'                                               dropped because it was too old
--
-- Whoever passes on many entries sends MULTI, this script 'before', an XADD with NOMKSTREAM to the gate for each, this script 'after',
-- EXEC: what XADD adds by itself does not become a Lua string, of which the server hashes each byte. Both calls get the same arguments
-- but for the turn. The gate is the stream's name from the first call, if it refuses nothing, until the second; at no other time is there
-- such a key, so what is refused is added nowhere, and nobody sees the name, for EXEC is one step. The second call makes sure that
-- all was added before it removes anything.
--
-- An entry with a crash mark is handed out alone: only when the worker holds nothing else, and nothing after it until
-- it is finished.
--
-- Returns {'ok' or 'already', head, backlog, store millis}     and if there are entries for the worker also
--             skip, entries, place, elements, element…         they are in so many elements of the list, from that place on: there,
--                                                              not in the first so many entries of a pack. If the bodies of packs
--                                                              have more than 16 KiB together, the elements themselves are left
--                                                              out; the caller reads them by LRANGE, which hashes nothing
--         {'conflict', head}   the lane stands elsewhere; nothing was written
--         {'fenced'}
--         {'ready'}    to 'before': all is well so far
--         {'already'}  to 'before': an earlier call finished these; there is no gate, and 'after' answers in full
--         {'denied'}   to 'before': the user may not do all that the transaction needs, or the gate is somebody else's stream
--         {'script'}   to 'before': the stream has no entries; to 'after': 'before' opened no gate. Nothing was written; the call is
--                      to be made once more without a turn
--@include entry
--@include time
--@include whole
--@include packs
--@include walk
--@include outcomes

local BEFORE, AFTER = 'before', 'after'
local MOST_BYTES_OF_BODIES = 16384
local MOST_PER_LOOK = 128

-- Where the finished entries are, if these are the ones that are meant, else nothing: heads of packs and entries, the place of each in
-- the list, and how many entries and how many elements they are. Bodies are not looked at.
local function meant_elements(lane, finished, is_meant)
  local found = {elements = {}, places = {}, entries = 0, count = 0}
  local step = 1
  while found.entries < finished do
    local some = redis.call('LRANGE', lane, found.count, found.count + step - 1)
    if #some == 0 then
      return nil
    end
    local i = 1
    while i <= #some and found.entries < finished do
      local element = some[i]
      local size = pack_size(element)
      if not is_meant(element, math.min(size or 1, finished - found.entries)) then
        return nil
      end
      local n, places = #found.elements + 1, size and 2 or 1
      found.elements[n], found.places[n] = element, found.count
      found.entries, found.count = found.entries + (size or 1), found.count + places
      i, step = i + places, size and 0 or step
    end
    -- Behind a pack one element only: the second might be a body.
    step = math.max(1, math.min(ENTRIES_PER_LOOK, 2 * step))
  end
  return found
end

-- Which element an entry is in, and its ordinal there, both from 0; for an ordinal in the lane.
local function place_of(lane, ordinal)
  local place, entries, step = 0, 0, 1
  while true do
    local some = redis.call('LRANGE', lane, place, place + step - 1)
    if #some == 0 then
      return place, 0
    end
    local i = 1
    while i <= #some do
      local size = pack_size(some[i])
      if entries + (size or 1) > ordinal then
        return place, ordinal - entries
      end
      local places = size and 2 or 1
      i, place, entries, step = i + places, place + places, entries + (size or 1), size and 0 or step
    end
    step = math.max(1, math.min(ENTRIES_PER_LOOK, 2 * step))
  end
end

-- Names the stream back 'after', if the call 'before' made it the gate: returns how many entries it has, and how many it had, or nothing.
local function take_from_gate()
  local before = tonumber(redis.call('HGET', KEYS[1], 'adding'))
  local gate = KEYS[#KEYS]
  local length = before and redis.call('XLEN', gate) or 0
  if length == 0 then
    return nil
  end
  redis.call('RENAME', gate, KEYS[3])
  redis.call('HDEL', KEYS[1], 'adding')
  return length, before
end

-- Where the server can be asked; it does not take a command that it does not know.
local function may(...)
  local known, allowed = pcall(redis.acl_check_cmd, ...)
  return known and allowed
end

-- What the store has of the lane, if it is the caller's: how many entries left it, how many were handed out, elements that were handed
-- out whole and how many entries of the next one, what it holds.
local function callers_lane()
  local stored = redis.call('HMGET', KEYS[1], 'incarnation', 'epoch', 'head', 'state', 'fetched', 'packed', 'held', 'into')
  if stored[1] ~= ARGV[2] or stored[2] ~= ARGV[3] or (stored[4] ~= 'live' and stored[4] ~= 'quiet') then
    return nil
  end
  local backlog, packed = entries_in(KEYS[2], stored[6])
  return {
    head = tonumber(stored[3]), fetched = tonumber(stored[5]), held = tonumber(stored[7] or 0), into = tonumber(stored[8] or 0),
    backlog = backlog, packed = packed
  }
end

-- Renames the stream to the gate, if the user may do all that comes 'after'.
local function open_gate(found, finished)
  local gate = KEYS[#KEYS]
  if redis.call('XLEN', KEYS[3]) == 0 then
    return {'script'}
  end
  if redis.call('XLEN', gate) > 0 then
    -- Somebody else's, to which all that is refused here is added.
    return {'denied'}
  end
  if found.entries > finished then
    -- What comes first 'after'.
    redis.call('LSET', KEYS[2], found.places[#found.places], found.elements[#found.elements])
  end
  -- Without a right to MULTI this would be no transaction; Redis 6 cannot be asked.
  local transacts = not redis.acl_check_cmd
    or (may('MULTI') and may('EXEC') and may('RENAME', gate, KEYS[3]) and may('HDEL', KEYS[1], 'adding'))
  if not transacts or redis.pcall('RENAME', KEYS[3], gate).err then
    return {'denied'}
  end
  redis.call('HSET', KEYS[1], 'adding', redis.call('XLEN', gate))
  return {'ready'}
end

-- What was found leaves the lane, with its outcomes.
local function remove(lane, found, finished)
  local function body_of(n)
    return redis.call('LINDEX', KEYS[2], found.places[n] + 1) or ''
  end
  local gone, left_over = found.count, found.entries - finished
  if left_over > 0 then
    -- First of all writes: where a user may not, nothing else was written.
    local n = #found.elements
    local size = pack_size(found.elements[n])
    gone = found.places[n]
    redis.call('LSET', KEYS[2], gone, part_of(found.elements[n], body_of(n), size - left_over, left_over))
    if lane.held <= gone then
      lane.into = math.max(0, lane.into - (size - left_over))
    end
  end
  apply_outcomes(finished, walk_over(found.elements, body_of), store_millis())
  if gone > 0 then
    redis.call('LTRIM', KEYS[2], gone, -1)
  end
  lane.held = math.max(0, lane.held - gone)
  lane.head = lane.head + finished
  lane.backlog = lane.backlog - finished
  lane.packed = lane.packed - (finished - gone)
  redis.call('HSET', KEYS[1], 'head', lane.head, 'packed', lane.packed, 'held', lane.held, 'into', lane.into)
end

-- Finishes entries, or does this turn's part of it. Returns an answer where nothing is to be read after it.
local function finish(lane, finished, turn, length, length_before)
  local is_meant = meant_by(ARGV[9], finished)
  if not is_meant then
    return redis.error_reply('BATON commit: the positions do not fit their number')
  end
  local found = finished <= lane.backlog and meant_elements(KEYS[2], finished, is_meant)
  if not found then
    return {'conflict', lane.head}
  end
  local unfit, written = unfit_outcomes(finished)
  if unfit then
    return unfit
  end
  if turn == BEFORE then
    return open_gate(found, finished)
  end
  if turn == AFTER and not length then
    return {'script'}
  end
  if turn == AFTER and length ~= length_before + written then
    return redis.error_reply('BATON commit: the stream did not take what the transaction added')
  end
  remove(lane, found, finished)
end

-- What there is from a place on, behind the first entries of the pack there: how many entries, the elements of the list that hold them
-- (false for a body that was not looked at), how long the bodies are, and where what follows begins.
--
-- Looks in steps, so that a lane of large entries is not loaded whole: at first at one, then at twice as many each time, and no more
-- than the largest seen allows; behind a pack at one, or a body might be among them.
local function look(place, within, wanted, most_bytes, held)
  local room, largest, step, got, body_bytes = most_bytes, 1, 1, 0, 0
  local parts, alone = {}, false
  while got < wanted and room > 0 and not alone do
    local some = redis.call('LRANGE', KEYS[2], place, place + step - 1)
    if #some == 0 then
      break
    end
    local i = 1
    while i <= #some and got < wanted and room > 0 and not alone do
      local element = some[i]
      local size, bytes, places = pack_size(element), #element, 1
      if size then
        local body = four_at(element, 33)
        bytes, places, body_bytes = bytes + body, 2, body_bytes + body
        parts[#parts + 1] = element
        parts[#parts + 1] = some[i + 1] or false
        local taken = math.min(size - within, wanted - got)
        got, within, step = got + taken, within + taken, 0
        if within == size then
          place, within = place + places, 0
        end
      else
        alone = crashes_of(element) > 0
        if alone and held + got > 0 then
          break
        end
        parts[#parts + 1] = element
        got, place = got + 1, place + 1
      end
      i = i + places
      room = room - bytes
      largest = math.max(largest, bytes)
    end
    step = math.max(1, math.min(MOST_PER_LOOK, 2 * step, math.floor(room / largest), wanted - got))
  end
  return {entries = got, parts = parts, body_bytes = body_bytes, place = place, within = within}
end

-- Appends to a reply what the worker is to have next.
local function read(lane, read_from, most_entries, most_bytes, reply)
  local held = read_from - lane.head
  local wanted = math.min(most_entries, MOST_ENTRIES - held)
  if wanted <= 0 or held >= lane.backlog then
    return reply
  end
  if held > 0 and crashes_of(redis.call('LINDEX', KEYS[2], 0)) > 0 then
    return reply
  end
  -- A copy of a call asks for what was handed out before.
  local place, within = lane.held, lane.into
  if read_from ~= lane.fetched then
    place, within = place_of(KEYS[2], held)
  end
  local seen = look(place, within, wanted, most_bytes, held)
  if seen.entries == 0 then
    return reply
  end
  if read_from + seen.entries > lane.fetched then
    redis.call('HSET', KEYS[1], 'fetched', read_from + seen.entries, 'held', seen.place, 'into', seen.within)
  end
  reply[5], reply[6], reply[7], reply[8] = within, seen.entries, place, #seen.parts
  if seen.body_bytes <= MOST_BYTES_OF_BODIES then
    for i = 1, #seen.parts do
      reply[8 + i] = seen.parts[i] or redis.call('LINDEX', KEYS[2], place + i - 1) or ''
    end
  end
  return reply
end

local function commit(turn, length, length_before)
  local lane = callers_lane()
  if not lane then
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
  local status = 'ok'
  if lane.head ~= head then
    -- A copy of a call that was applied, or a lane that went back or on without the caller.
    if lane.head < head + finished or lane.head > read_from then
      return {'conflict', lane.head}
    end
    status = 'already'
    if turn == BEFORE then
      return {status}
    end
  elseif finished > 0 then
    local answer = finish(lane, finished, turn, length, length_before)
    if answer then
      return answer
    end
  end
  return read(lane, read_from, most_entries, most_bytes, {status, lane.head, lane.backlog, store_millis()})
end

if TURN == AFTER then
  return commit(TURN, take_from_gate())
end
return commit(TURN)
