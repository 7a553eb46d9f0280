-- The store's clock in milliseconds; ages are measured by it and by nothing else.
local function store_millis()
  local now = redis.call('TIME')
  return tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
end
