-- confirm: the leader writes something, so that replicas which have it have everything that was written before.
--
-- WAIT counts the replicas that have the last write of its own connection; this is that write. What was answered before
-- came before it in the one order in which a server hands its writes on.
--
-- KEYS[1] lead  hash
-- ARGV[1] epoch  integer
-- ARGV[2] owner  string
--
-- Returns {'ok', watermark}, {'fenced', epoch, owner}
--@include leader

local refusal = fenced(KEYS[1], ARGV[1], ARGV[2])
if refusal then
  return refusal
end
local watermark = redis.call('HGET', KEYS[1], 'watermark')
redis.call('HINCRBY', KEYS[1], 'confirms', 1)
return {'ok', watermark}
