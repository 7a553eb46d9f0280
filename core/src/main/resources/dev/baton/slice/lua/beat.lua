-- beat: a worker shows that it is alive, and whether it wants more.
--
-- KEYS[1] worker  hash
-- KEYS[2] lead    hash
-- ARGV[1] incarnation  string
-- ARGV[2] beat         whole number   the worker's own count; not above the stored one is a late copy and changes nothing
-- ARGV[3] state        'live' or 'quiet' (finishes what its lane holds, takes nothing new)
--
-- Returns {'ok' or 'already'}, {'fenced'} when the lane belongs to another incarnation, to the leader, or to nobody
--@include whole

if not whole(ARGV[2]) or (ARGV[3] ~= 'live' and ARGV[3] ~= 'quiet') then
  return redis.error_reply('BATON beat: a beat is a whole number, a state live or quiet')
end
local stored = redis.call('HMGET', KEYS[1], 'incarnation', 'beat', 'state')
if stored[1] ~= ARGV[1] or (stored[3] ~= 'live' and stored[3] ~= 'quiet') then
  return {'fenced'}
end
if tonumber(ARGV[2]) <= tonumber(stored[2]) then
  return {'already'}
end
redis.call('HLEN', KEYS[2])
redis.call('HSET', KEYS[1], 'beat', ARGV[2], 'state', ARGV[3])
if stored[3] ~= ARGV[3] then
  redis.call('HINCRBY', KEYS[2], 'roster', 1)
end
return {'ok'}
