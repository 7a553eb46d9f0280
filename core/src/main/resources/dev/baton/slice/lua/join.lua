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
--@include entry
--@include suspects
--@include time
--@include whole

local OURS = {incarnation = 1, epoch = 1, beat = 1, state = 1, capacity = 1, head = 1, fetched = 1, joined = 1, wish = 1}
local MOST_ABOUT = 200

if not whole(ARGV[3]) or not whole(ARGV[4]) then
  return redis.error_reply('BATON join: capacity and most crashes are whole numbers')
end
if #ARGV % 2 ~= 0 or #ARGV - 4 > MOST_ABOUT then
  return redis.error_reply('BATON join: names and values that do not pair, or too many')
end
for i = 5, #ARGV, 2 do
  if OURS[ARGV[i]] then
    return redis.error_reply('BATON join: ' .. ARGV[i] .. ' is a field of ours')
  end
end
local known = redis.call('HMGET', KEYS[2], 'incarnation', 'epoch', 'head', 'fetched')
local epoch, head, fetched = tonumber(known[2] or 0), tonumber(known[3] or 0), tonumber(known[4] or 0)
if known[1] == ARGV[2] then
  return {'already', epoch, head, redis.call('LLEN', KEYS[3]), store_millis()}
end
redis.call('SCARD', KEYS[1])
redis.call('HLEN', KEYS[4])
redis.call('XLEN', KEYS[5])
redis.call('HLEN', KEYS[6])

local backlog = redis.call('LLEN', KEYS[3])
local in_hand = math.min(fetched - head, backlog)
if in_hand > 0 then
  -- While a cluster moves the slot, a key that is gone is looked for at the other node, and a script that touches it again
  -- ends half-way: the guard keeps the lane there until all is done.
  redis.call('RPUSH', KEYS[3], 'guard')
  local entries = redis.call('LPOP', KEYS[3], in_hand)
  for i = #entries, 1, -1 do
    local marked = mark_crash(entries[i], tonumber(ARGV[4]), KEYS[5], KEYS[6], ARGV[1])
    if marked then
      redis.call('LPUSH', KEYS[3], marked)
    else
      head = head + 1
      backlog = backlog - 1
    end
  end
  redis.call('RPOP', KEYS[3])
end
local now = store_millis()
local told, former = {}, {}
for i = 5, #ARGV, 2 do
  told[ARGV[i]] = true
end
for _, name in ipairs(redis.call('HKEYS', KEYS[2])) do
  if not OURS[name] and not told[name] then
    former[#former + 1] = name
  end
end
redis.call('HSET', KEYS[2], 'incarnation', ARGV[2], 'epoch', epoch + 1, 'beat', 0, 'state', 'live',
  'capacity', ARGV[3], 'head', head, 'fetched', head, 'joined', now, unpack(ARGV, 5))
if #former > 0 then
  redis.call('HDEL', KEYS[2], unpack(former))
end
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('HINCRBY', KEYS[4], 'roster', 1)
return {'ok', epoch + 1, head, backlog, now}
