-- Lanes that may be written to. From KEYS[first] on, keys come in pairs: a worker's hash and its lane.
-- A live worker that an operator wants quiet takes nothing new.
-- Returns how many pairs there are, or the refusal to hand back: the ordinals of those whose worker is not live.
local function live_lanes(first)
  local pairs_given = (#KEYS - first + 1) / 2
  local not_live = {}
  for lane = 1, pairs_given do
    local worker = redis.call('HMGET', KEYS[first + 2 * lane - 2], 'state', 'wish')
    if worker[1] ~= 'live' or worker[2] == 'quiet' then
      not_live[#not_live + 1] = lane
    end
    redis.call('LLEN', KEYS[first + 2 * lane - 1])
  end
  if #not_live > 0 then
    return nil, {'lane', unpack(not_live)}
  end
  return pairs_given
end
