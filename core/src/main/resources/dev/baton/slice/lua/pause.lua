-- pause: an operator has the leader hold what it hears, or go on.
--
-- KEYS[1] lead  hash
-- ARGV[1] '1' to pause, '' to go on
--
-- Returns {'ok', '1' or ''}   what it was before

local before = redis.call('HGET', KEYS[1], 'paused') or ''
if ARGV[1] == '1' then
  redis.call('HSET', KEYS[1], 'paused', '1')
else
  redis.call('HDEL', KEYS[1], 'paused')
end
return {'ok', before}
