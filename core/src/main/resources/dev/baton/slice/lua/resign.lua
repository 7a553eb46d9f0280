-- resign: the leader gives a slice up, so that a successor need not wait for the lease to run out.
--
-- KEYS[1] lead  hash
-- ARGV[1] epoch  integer
-- ARGV[2] owner  string
--
-- Returns {'ok'}, {'already'} (nobody owns the slice and the epoch is still ours), {'fenced', epoch, owner}
--@include leader

local stored = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if stored[1] == ARGV[1] and stored[2] == '' then
  return {'already'}
end
local refusal = fenced(KEYS[1], ARGV[1], ARGV[2])
if refusal then
  return refusal
end
redis.call('HSET', KEYS[1], 'owner', '')
return {'ok'}
