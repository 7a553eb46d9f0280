-- group/commit: a worker finishes the first entries that it was given and takes the next ones. Each outcome takes effect in
-- the same step in which its entry is acknowledged and deleted. With no outcomes it only reads.
--
-- What is pending for the worker but was not handed out is read first, then, if the worker is live, new entries: at most
-- its share of them, so that one that comes first leaves something to the others.
--
-- KEYS[1] worker  hash
-- KEYS[2] ingest  stream
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
-- ARGV[9] positions     bytes     of the finished entries, in runs as of commit
-- ARGV[10] turn         string    '', no transactions here
-- then the outcomes, as of commit, without 'w'
--
-- An entry with a crash mark is handed out alone: only when the worker holds nothing else, and nothing after it until
-- it is finished.
--
-- Returns {'ok' or 'already', head, backlog, store millis, entry…}   the backlog is what is pending for the worker, and if
--                                                                    it is live also what is undelivered
--         {'conflict', head}   the lane stands elsewhere; nothing was written
--         {'fenced'}
--@include entry
--@include time
--@include whole
--@include packs
--@include walk
--@include outcomes
--@include group
--@include pending

local stored = redis.call('HMGET', KEYS[1], 'incarnation', 'epoch', 'head', 'state', 'fetched', 'last', 'wish')
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
local group = group_of(KEYS[2])
if not group then
  -- Somebody deleted it; whoever joins anew makes another.
  return {'conflict', stored_head}
end
local undelivered = math.max(0, redis.call('XLEN', KEYS[2]) - group.pending)
local now = store_millis()
local status = 'ok'

if stored_head ~= head then
  -- A copy of a call that was applied, or a lane that went back or on without the caller.
  if stored_head < head + finished or stored_head > read_from then
    return {'conflict', stored_head}
  end
  status = 'already'
elseif finished > 0 then
  local is_meant = meant_by(ARGV[9], finished)
  if not is_meant then
    return redis.error_reply('BATON commit: the positions do not fit their number')
  end
  local unfit = unfit_outcomes(finished)
  if unfit then
    return unfit
  end
  local ids, entries = {}, {}
  while #ids < finished do
    local pairs_given = given(KEYS[2], ARGV[1], ids[#ids] or '0', math.min(ENTRIES_PER_LOOK, finished - #ids))
    if #pairs_given == 0 then
      return {'conflict', stored_head}
    end
    for _, pair in ipairs(pairs_given) do
      local entry = entry_in(pair)
      if not is_meant(entry, 1) then
        return {'conflict', stored_head}
      end
      ids[#ids + 1] = pair[1]
      entries[#ids] = entry
    end
  end
  if redis.call('XACK', KEYS[2], GROUP, unpack(ids)) ~= finished then
    return redis.error_reply('BATON commit: what is pending cannot be acknowledged')
  end
  apply_outcomes(finished, walk_over(entries), now)
  redis.call('XDEL', KEYS[2], unpack(ids))
  stored_head = head + finished
  redis.call('HSET', KEYS[1], 'head', stored_head)
end

local live = stored[4] == 'live' and stored[7] ~= 'quiet'
local fetched, last = tonumber(stored[5]), stored[6] or ''
local share = live and math.ceil(undelivered / math.max(1, group.consumers)) or 0
local offset = read_from - stored_head
local wanted = math.min(most_entries, MOST_ENTRIES - offset)

-- The id behind which the worker reads on, or nothing if it cannot: usually that of the last entry handed out, but a copy
-- of a call asks for what was handed out before.
local function read_behind()
  if offset == 0 then
    return '0'
  end
  if crashes_of(entry_in(given(KEYS[2], ARGV[1], '0', 1)[1])) > 0 then
    return nil
  end
  if read_from == fetched and last ~= '' then
    return last
  end
  local before = redis.call('XPENDING', KEYS[2], GROUP, '-', '+', offset, ARGV[1])
  return #before == offset and before[offset][1] or nil
end

local reply = {status, stored_head, 0, now}
local behind = wanted > 0 and most_bytes > 0 and read_behind() or nil
-- Read in steps, so that large entries are not loaded all at once: at first one, then twice as many each time, and no more
-- than the largest seen allows.
local room, largest, step, got = most_bytes, 1, 1, 0
local alone, own = false, true
while behind and got < wanted and room > 0 and not alone do
  local most = math.min(step, wanted - got)
  local pairs_given
  if own then
    pairs_given = given(KEYS[2], ARGV[1], behind, most)
    own = #pairs_given == most
  else
    most = math.min(most, share)
    pairs_given = most > 0 and given(KEYS[2], ARGV[1], '>', most) or {}
    if #pairs_given == 0 then
      break
    end
    share, undelivered = share - #pairs_given, undelivered - #pairs_given
  end
  for _, pair in ipairs(pairs_given) do
    local entry = entry_in(pair)
    if crashes_of(entry) > 0 then
      alone = true
      if offset + got > 0 then
        break
      end
    end
    got = got + 1
    reply[4 + got] = entry
    behind = pair[1]
    room = room - #entry
    largest = math.max(largest, #entry)
    if alone or room <= 0 then
      break
    end
  end
  if #pairs_given > 0 then
    step = math.max(1, math.min(128, 2 * step, math.floor(room / largest)))
  end
end
if got > 0 and read_from + got > fetched then
  fetched, last = read_from + got, behind
  redis.call('HSET', KEYS[1], 'fetched', fetched, 'last', last)
end
local in_line = redis.call('XPENDING', KEYS[2], GROUP, last == '' and '-' or '(' .. last, '+', 2 * MOST_ENTRIES, ARGV[1])
reply[3] = #in_line + math.max(0, fetched - stored_head) + (live and undelivered or 0)
return reply
