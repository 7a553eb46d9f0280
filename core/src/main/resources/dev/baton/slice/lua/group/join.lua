-- group/join: a worker registers, and there is a consumer of its name in the group.
--
-- A new incarnation of a known id takes over what was given to the old one and fences it. What the old one had in its
-- hands is appended anew with a crash mark, so that a message that kills its worker cannot do so for ever.
--
-- KEYS[1] workers  set
-- KEYS[2] worker   hash
-- KEYS[3] ingest   stream
-- KEYS[4] lead     hash
-- KEYS[5] dead     stream
-- KEYS[6] ledger   hash
-- ARGV[1] id            string
-- ARGV[2] incarnation   string   random, new for each start of the worker
-- ARGV[3] capacity      integer  the share it wants, for weighted strategies
-- ARGV[4] most crashes  integer  at this many an entry becomes a dead letter
-- ARGV[5…] name, value  what people want to see: host, version …; at most 100 pairs, no name of a field of ours
--
-- Returns {'ok' or 'already', lane epoch, head, backlog, store millis}   the backlog is what it was given and what is
--                                                                        undelivered
--         {'transport', name}   refused: the stream has another transport
--@include entry
--@include suspects
--@include time
--@include whole
--@include transport
--@include incarnation
--@include group
--@include pending
--@include ingest

local unfit = unfit_worker()
if unfit then
  return unfit
end
local other = other_transport(KEYS[4], 'group')
if other then
  return {'transport', other}
end
local known = redis.call('HMGET', KEYS[2], 'incarnation', 'epoch', 'head', 'fetched')
local epoch, head, fetched = tonumber(known[2] or 0), tonumber(known[3] or 0), tonumber(known[4] or 0)
local pending, undelivered = held(KEYS[3])
local own = pending[ARGV[1]] or 0
local now = store_millis()
if known[1] == ARGV[2] then
  return {'already', epoch, head, own + undelivered, now}
end
redis.call('SCARD', KEYS[1])
redis.call('HLEN', KEYS[6])
local in_hand = math.max(0, math.min(fetched - head, own))
ready_to_bury(KEYS[5], KEYS[6], in_hand)

if not group_of(KEYS[3]) then
  redis.call('XGROUP', 'CREATE', KEYS[3], GROUP, '0', 'MKSTREAM')
end
redis.call('XGROUP', 'CREATECONSUMER', KEYS[3], GROUP, ARGV[1])
for _ = 1, in_hand do
  local pair = given(KEYS[3], ARGV[1], '0', 1)[1]
  local marked = mark_crash(entry_in(pair), tonumber(ARGV[4]), KEYS[5], KEYS[6], ARGV[1])
  if marked then
    append(KEYS[3], marked)
    undelivered = undelivered + 1
  end
  take_out(KEYS[3], pair[1])
  head, own = head + 1, own - 1
end
if in_hand > 0 then
  trim_dead(KEYS[5], KEYS[6])
end
register(KEYS[1], KEYS[2], KEYS[4], 'group', epoch + 1, head, 0, now)
return {'ok', epoch + 1, head, own + undelivered, now}
