-- books: everything a slice holds at one moment, so that the ledger can be checked against it. Writes nothing.
--
-- KEYS[1] lead     hash
-- KEYS[2] ledger   hash
-- KEYS[3] workers  set
-- KEYS[4] waiting  list
-- KEYS[5] retry    sorted set
-- KEYS[6] stream   stream
-- KEYS[7] dead     stream
-- KEYS[8] gaps     stream
-- KEYS[9] ingest   stream   of the other transport; a slice has either this or lanes and waiting
-- KEYS[10], KEYS[11] a worker's hash and its lane; one pair for each id in ARGV
-- ARGV[1…] worker ids, as read from the set beforehand
--
-- Returns {'ok', lead fields, ledger fields, waiting, retry, stream, dead, gaps, store millis,
--          {worker fields, entries in its lane} for each id in the order given,
--          {{}, pending, name} for each consumer that has entries and is no worker}
--         {'changed'}   the set of workers is not the one given: read it again
--@include time
--@include group

if redis.call('SCARD', KEYS[3]) ~= #ARGV then
  return {'changed'}
end
for _, id in ipairs(ARGV) do
  if redis.call('SISMEMBER', KEYS[3], id) == 0 then
    return {'changed'}
  end
end
local pending, undelivered = held(KEYS[9])
local reply = {
  'ok', redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2]), redis.call('LLEN', KEYS[4]) + undelivered,
  redis.call('ZCARD', KEYS[5]), redis.call('XLEN', KEYS[6]), redis.call('XLEN', KEYS[7]), redis.call('XLEN', KEYS[8]),
  store_millis()
}
for i = 1, #ARGV do
  local elements = redis.call('LLEN', KEYS[9 + 2 * i])
  local packed = elements > 0 and tonumber(redis.call('HGET', KEYS[8 + 2 * i], 'packed') or 0) or 0
  local lane = elements + packed + (pending[ARGV[i]] or 0)
  reply[#reply + 1] = {redis.call('HGETALL', KEYS[8 + 2 * i]), lane}
  pending[ARGV[i]] = nil
end
for name, entries in pairs(pending) do
  if entries > 0 then
    reply[#reply + 1] = {{}, entries, name}
  end
end
return reply
