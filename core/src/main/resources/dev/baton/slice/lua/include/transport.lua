-- A stream has one transport, that of whoever came first; one from before there were two has lists.
-- Returns the other one's name, or nothing.
local function other_transport(lead, ours)
  local stored = redis.call('HMGET', lead, 'transport', 'epoch', 'roster')
  local found = stored[1] or ((stored[2] or stored[3]) and 'lists')
  if found and found ~= ours then
    return found
  end
end
