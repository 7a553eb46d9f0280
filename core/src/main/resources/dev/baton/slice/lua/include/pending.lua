-- A consumer's pending entries. Needs group.

-- Entries of a consumer behind an id, or, behind '>', new ones, which it is given by that: pairs of id and fields.
local function given(ingest, consumer, after, most)
  local answer = redis.call('XREADGROUP', 'GROUP', GROUP, consumer, 'COUNT', most, 'STREAMS', ingest, after)
  return answer and answer[1][2] or {}
end

-- Somebody else may have deleted it; then it is no entry, and is buried as that.
local function entry_in(pair)
  return pair and pair[2] and pair[2][2] or ''
end

local function take_out(ingest, id)
  redis.call('XACK', ingest, GROUP, id)
  redis.call('XDEL', ingest, id)
end
