-- group/replay: as replay, but the entries go to the end of the stream that workers read.
--
-- KEYS[1] dead    stream
-- KEYS[2] ingest  stream
-- KEYS[3] ledger  hash
-- ARGV[1…] ids of dead letters, at most 1000; one that is not there is passed over
--
-- Returns {'ok', replayed}
--@include time
--@include letter
--@include ingest

local MOST = 1000

if #ARGV > MOST then
  return redis.error_reply('BATON replay: too many at once')
end
redis.call('XLEN', KEYS[2])
redis.call('HLEN', KEYS[3])
return {'ok', replay(KEYS[1], KEYS[3], ARGV, function(entry)
  append(KEYS[2], entry)
end)}
