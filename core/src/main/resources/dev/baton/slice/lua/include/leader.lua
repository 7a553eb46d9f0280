-- The leader's right to write: its epoch and its random id must both be the stored ones.
-- Returns the refusal to hand back, or nothing.
local function fenced(lead, epoch, owner)
  local stored = redis.call('HMGET', lead, 'epoch', 'owner')
  if stored[1] ~= epoch or stored[2] ~= owner then
    return {'fenced', stored[1] or '', stored[2] or ''}
  end
end
