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
-- KEYS[9], KEYS[10] a worker's hash and its lane; one pair for each id in ARGV
-- ARGV[1…] worker ids, as read from the set beforehand
--
-- Returns {'ok', lead fields, ledger fields, waiting, retry, stream, dead, gaps, store millis,
--          {worker fields, lane length} for each id in the order given}
--         {'changed'}   the set of workers is not the one given: read it again
--@include time

if redis.call('SCARD', KEYS[3]) ~= #ARGV then
  return {'changed'}
end
for _, id in ipairs(ARGV) do
  if redis.call('SISMEMBER', KEYS[3], id) == 0 then
    return {'changed'}
  end
end
local reply = {
  'ok', redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2]), redis.call('LLEN', KEYS[4]),
  redis.call('ZCARD', KEYS[5]), redis.call('XLEN', KEYS[6]), redis.call('XLEN', KEYS[7]), redis.call('XLEN', KEYS[8]),
  store_millis()
}
for i = 1, #ARGV do
  reply[#reply + 1] = {redis.call('HGETALL', KEYS[7 + 2 * i]), redis.call('LLEN', KEYS[8 + 2 * i])}
end
return reply
