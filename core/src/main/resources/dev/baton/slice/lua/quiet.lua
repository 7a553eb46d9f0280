-- quiet: an operator wants a worker to take nothing new and to finish what its lane holds, or to take entries again. The wish
-- stands beside the state that the worker itself writes at each beat, so neither of the two undoes the other.
--
-- KEYS[1] worker  hash
-- KEYS[2] lead    hash
-- ARGV[1] '1' for quiet, '' for live
--
-- Returns {'ok', '1' or ''}   what was wished before
--         {'gone'}            there is no such worker
local stored = redis.call('HMGET', KEYS[1], 'state', 'wish')
if not stored[1] or stored[1] == 'lost' then
  return {'gone'}
end
local before = stored[2] == 'quiet' and '1' or ''
if before ~= ARGV[1] then
  redis.call('HLEN', KEYS[2])
  if ARGV[1] == '1' then
    redis.call('HSET', KEYS[1], 'wish', 'quiet')
  else
    redis.call('HDEL', KEYS[1], 'wish')
  end
  redis.call('HINCRBY', KEYS[2], 'roster', 1)
end
return {'ok', before}
