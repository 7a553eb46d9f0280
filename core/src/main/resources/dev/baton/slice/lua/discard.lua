-- discard: dead letters are deleted. They were counted when they died, and are counted here.
--
-- KEYS[1] dead    stream
-- KEYS[2] ledger  hash
-- ARGV[1…] ids of dead letters, at most 1000; one that is not there is passed over
--
-- Returns {'ok', discarded}

local MOST = 1000

if #ARGV == 0 or #ARGV > MOST then
  return redis.error_reply('BATON discard: none, or too many at once')
end
redis.call('HLEN', KEYS[2])
local discarded = redis.call('XDEL', KEYS[1], unpack(ARGV))
if discarded > 0 then
  redis.call('HINCRBY', KEYS[2], 'discarded', discarded)
end
return {'ok', discarded}
