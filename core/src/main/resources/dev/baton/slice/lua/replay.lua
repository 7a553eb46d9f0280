-- replay: dead letters become entries again, as if their messages had just been dispatched: each waits for a worker, without
-- attempts or crashes, and is a dead letter no more.
--
-- KEYS[1] dead     stream
-- KEYS[2] waiting  list
-- KEYS[3] ledger   hash
-- ARGV[1…] ids of dead letters, at most 1000; one that is not there is passed over
--
-- Returns {'ok', replayed}
--@include time
--@include letter

local MOST = 1000

if #ARGV > MOST then
  return redis.error_reply('BATON replay: too many at once')
end
redis.call('LLEN', KEYS[2])
redis.call('HLEN', KEYS[3])
return {'ok', replay(KEYS[1], KEYS[3], ARGV, function(entry)
  redis.call('RPUSH', KEYS[2], entry)
end)}
