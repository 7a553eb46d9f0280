-- join: a worker registers and takes its lane.
--
-- A new incarnation of a known id takes the lane over and fences the old one. What the old one had in its hands stays
-- at the head of the lane with a crash mark, so that a message that kills its worker cannot do so for ever. That an
-- operator wants it quiet is kept: a worker joins anew by itself after trouble, and nobody would know that it takes more.
--
-- KEYS[1] workers  set
-- KEYS[2] worker   hash
-- KEYS[3] lane     list
-- KEYS[4] lead     hash
-- KEYS[5] dead     stream
-- KEYS[6] ledger   hash
-- ARGV[1] id            string
-- ARGV[2] incarnation   string   random, new for each start of the worker
-- ARGV[3] capacity      integer  the share it wants, for weighted strategies
-- ARGV[4] most crashes  integer  at this many an entry becomes a dead letter
-- ARGV[5…] name, value  what people want to see: host, version …; at most 100 pairs, no name of a field of ours
--
-- Returns {'ok' or 'already', lane epoch, head, backlog, store millis}
--         {'transport', name}   refused: the stream has another transport
--@include entry
--@include packs
--@include suspects
--@include time
--@include whole
--@include transport
--@include incarnation

local unfit = unfit_worker()
if unfit then
  return unfit
end
local other = other_transport(KEYS[4], 'lists')
if other then
  return {'transport', other}
end
local known = redis.call('HMGET', KEYS[2], 'incarnation', 'epoch', 'head', 'fetched', 'packed')
local epoch, head, fetched = tonumber(known[2] or 0), tonumber(known[3] or 0), tonumber(known[4] or 0)
local backlog, packed = entries_in(KEYS[3], known[5])
if known[1] == ARGV[2] then
  return {'already', epoch, head, backlog, store_millis()}
end
redis.call('SCARD', KEYS[1])
redis.call('HLEN', KEYS[6])

local in_hand = math.min(fetched - head, backlog)
ready_to_bury(KEYS[5], KEYS[6], math.max(0, in_hand))
if in_hand > 0 then
  -- While a cluster moves the slot, a key that is gone is looked for at the other node, and a script that touches it again
  -- ends half-way: the guard keeps the lane there until all is done.
  redis.call('RPUSH', KEYS[3], 'guard')
  -- Out of their packs, also those behind that were not handed out.
  local entries = {}
  while #entries < in_hand do
    local element = redis.call('LPOP', KEYS[3])
    if not element then
      break
    end
    local size = pack_size(element)
    for _, entry in ipairs(entries_of(element, size and redis.call('LPOP', KEYS[3]))) do
      entries[#entries + 1] = entry
    end
    packed = size and packed - size + 2 or packed
  end
  for i = #entries, 1, -1 do
    local kept = entries[i]
    if i <= in_hand then
      kept = mark_crash(kept, tonumber(ARGV[4]), KEYS[5], KEYS[6], ARGV[1])
    end
    if kept then
      redis.call('LPUSH', KEYS[3], kept)
    else
      head = head + 1
      backlog = backlog - 1
    end
  end
  -- Unless it went as the body of a pack whose own was deleted by hand.
  if redis.call('LINDEX', KEYS[3], -1) == 'guard' then
    redis.call('RPOP', KEYS[3])
  end
  trim_dead(KEYS[5], KEYS[6])
end
local now = store_millis()
register(KEYS[1], KEYS[2], KEYS[4], 'lists', epoch + 1, head, packed, now)
return {'ok', epoch + 1, head, backlog, now}
