-- The consumer group of a slice: entries that nobody was given yet are its undelivered part, a worker's lane is its
-- consumer's pending list in the order of stream ids. What is moved is appended anew, so a pending list grows at its end
-- only; what has left is acknowledged and deleted, so the stream's length is what is undelivered and what is pending.
local GROUP = 'baton'

-- Answers of XINFO are names and values in turn.
local function named(flat)
  local fields = {}
  for i = 1, #flat, 2 do
    fields[flat[i]] = flat[i + 1]
  end
  return fields
end

-- What is known of the group; nothing if there is none.
local function group_of(ingest)
  if redis.call('EXISTS', ingest) == 0 then
    return nil
  end
  for _, flat in ipairs(redis.call('XINFO', 'GROUPS', ingest)) do
    local group = named(flat)
    if group.name == GROUP then
      return group
    end
  end
end

-- How many entries each consumer has, by name, and how many are undelivered.
local function held(ingest)
  local group = group_of(ingest)
  local pending = {}
  if not group then
    return pending, redis.call('XLEN', ingest)
  end
  for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', ingest, GROUP)) do
    local consumer = named(flat)
    pending[consumer.name] = consumer.pending
  end
  return pending, math.max(0, redis.call('XLEN', ingest) - group.pending)
end
