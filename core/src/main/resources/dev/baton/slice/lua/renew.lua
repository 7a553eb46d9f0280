-- renew: the leader of a slice shows that it is alive.
--
-- KEYS[1] lead  hash
-- ARGV[1] epoch  integer
-- ARGV[2] owner  string
-- ARGV[3] beat   integer   the leader's own count; a smaller one than the stored is a late copy and changes nothing
--
-- Returns {'ok' or 'already', watermark, generation, roster, paused ('1' or ''), store millis,
--          where the slice ends or '', whether successors are ready ('1' or '')}
--         {'fenced', epoch, owner}
--@include leader
--@include time

local refusal = fenced(KEYS[1], ARGV[1], ARGV[2])
if refusal then
  return refusal
end
local lead = redis.call('HMGET', KEYS[1], 'watermark', 'generation', 'roster', 'paused', 'beat', 'ends', 'ready')
local status = 'already'
if tonumber(ARGV[3]) > tonumber(lead[5]) then
  redis.call('HSET', KEYS[1], 'beat', ARGV[3])
  status = 'ok'
end
return {status, lead[1], lead[2], tonumber(lead[3] or 0), lead[4] or '', store_millis(), lead[6] or '', lead[7] or ''}
