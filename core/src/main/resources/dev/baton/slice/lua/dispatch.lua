-- dispatch: the leader appends a batch of entries to lanes and moves the watermark past them, or neither. A batch without
-- entries moves the watermark over a quiet stretch.
--
-- Either the elements follow, and are pushed when all is well. Or RPUSH put them there just before, in the same transaction:
-- then what is refused is taken back before anybody sees it. Redis hashes every byte that enters a script, so a large batch
-- costs the server half as much in the second way.
--
-- KEYS[1] lead     hash
-- KEYS[2] ledger   hash
-- KEYS[3] waiting  list
-- KEYS[4], KEYS[5] a worker's hash and its lane; as many pairs as the batch has lanes, none if all entries wait
-- ARGV[1] epoch     integer
-- ARGV[2] owner     string
-- ARGV[3] expected  position   where the watermark must stand
-- ARGV[4] new       position   where it stands afterwards
-- ARGV[5] '1' if the elements were pushed before this, each list's in one RPUSH, by the same user; '0' if they follow
-- ARGV[6], ARGV[7] integers  how many elements go to waiting, and how many entries they are: as many
-- ARGV[8…] integers  the same for each lane, in the order of the keys: there an element may be a pack of entries
-- then the elements, unless they were pushed, waiting's first, at most 1000 entries in at most 2000 elements
--
-- Returns {'ok' or 'already', watermark, roster, store millis, entries in waiting, in each lane…}
--         {'conflict', watermark}   the watermark stands elsewhere; nothing was written
--         {'ends', position}        the slice ends before the new watermark; nothing was written
--         {'lane', ordinal…}        these lanes have no live worker; nothing was written
--         {'fenced', epoch, owner}
--@include ends
--@include leader
--@include lanes
--@include time

local MOST_ENTRIES = 1000
local MOST_ELEMENTS = 2000
local FIRST_LANE = 4
local FIRST_COUNT = 6

local pushed = ARGV[5] == '1'
local lanes = (#KEYS - FIRST_LANE + 1) / 2

-- Of a lane by its ordinal; 0 is waiting.
local function list_of(lane)
  return lane == 0 and KEYS[3] or KEYS[FIRST_LANE + 2 * lane - 1]
end

-- A lane's worker's hash, by the lane's ordinal from 1.
local function worker_of(lane)
  return KEYS[FIRST_LANE + 2 * lane - 2]
end

local function elements_for(lane)
  return tonumber(ARGV[FIRST_COUNT + 2 * lane])
end

local function entries_for(lane)
  return tonumber(ARGV[FIRST_COUNT + 2 * lane + 1])
end

-- How many entries a list holds. A worker's hash has in 'packed' how many more that is than elements; of a lane that was
-- deleted by hand it says nothing.
local function entries_held(lane)
  local elements = redis.call('LLEN', list_of(lane))
  local packed = lane > 0 and elements > 0 and redis.call('HGET', worker_of(lane), 'packed')
  return elements + tonumber(packed or 0)
end

-- Rights can be withdrawn between a command's being queued and its turn. Redis 6 cannot be asked.
local function was_pushed(lane)
  return (elements_for(lane) or 0) > 0 and (not redis.acl_check_cmd or redis.acl_check_cmd('RPUSH', list_of(lane), ''))
end

-- Whatever was pushed and not taken back yet. One foreign key does not keep the others from being taken back.
local to_take_back = pushed

local function take_back()
  if to_take_back then
    to_take_back = false
    for lane = 0, lanes do
      if was_pushed(lane) then
        redis.pcall('LTRIM', list_of(lane), 0, -elements_for(lane) - 1)
      end
    end
  end
end

-- Returns how many entries there are, or nothing and the refusal to hand back.
local function counted()
  local elements, entries = 0, 0
  for lane = 0, lanes do
    if elements_for(lane) < 0 or entries_for(lane) < 0 or elements_for(lane) > 0 and pushed and not was_pushed(lane) then
      return nil, redis.error_reply('BATON dispatch: elements were not pushed')
    end
    elements = elements + elements_for(lane)
    entries = entries + entries_for(lane)
  end
  local arguments = FIRST_COUNT + 2 * lanes + 1 + (pushed and 0 or elements)
  if entries > MOST_ENTRIES or elements > MOST_ELEMENTS or #ARGV ~= arguments then
    return nil, redis.error_reply('BATON dispatch: the counts do not fit the entries')
  end
  if elements_for(0) ~= entries_for(0) then
    return nil, redis.error_reply('BATON dispatch: a pack outside a lane')
  end
  return entries
end

-- Appends the elements unless they were pushed, keeps the books, and moves the watermark; from then on nothing is taken back.
local function append(entries, now)
  local next_element = FIRST_COUNT + 2 * lanes + 2
  for lane = 0, lanes do
    local elements, list, length = elements_for(lane), list_of(lane), nil
    if elements > 0 then
      if pushed then
        length = redis.call('LLEN', list)
      else
        length = redis.call('RPUSH', list, unpack(ARGV, next_element, next_element + elements - 1))
        next_element = next_element + elements
      end
      local packed = entries_for(lane) - elements
      if lane > 0 and length == elements then
        redis.call('HSET', worker_of(lane), 'packed', packed)
      elseif packed ~= 0 then
        redis.call('HINCRBY', worker_of(lane), 'packed', packed)
      end
    end
  end
  redis.call('HSET', KEYS[1], 'watermark', ARGV[4], 'moved', now)
  to_take_back = false
  if entries > 0 then
    redis.call('HINCRBY', KEYS[2], 'dispatched', entries)
  end
end

local function dispatch()
  local refusal = fenced(KEYS[1], ARGV[1], ARGV[2])
  if refusal then
    return refusal
  end
  local lead = redis.call('HMGET', KEYS[1], 'watermark', 'roster', 'ends')
  local watermark, roster = lead[1], tonumber(lead[2] or 0)
  local now = store_millis()

  local function answer(status, at)
    local reply = {status, at, roster, now}
    for lane = 0, lanes do
      reply[#reply + 1] = entries_held(lane)
    end
    return reply
  end

  if watermark >= ARGV[4] then
    take_back()
    return answer('already', watermark)
  end
  if watermark ~= ARGV[3] then
    return {'conflict', watermark}
  end
  local ended = beyond_the_end(lead[3], ARGV[4])
  if ended then
    return ended
  end
  redis.call('HLEN', KEYS[2])
  redis.call('LLEN', KEYS[3])
  local _, not_live = live_lanes(FIRST_LANE)
  if not_live then
    return not_live
  end
  local entries, wrong = counted()
  if wrong then
    return wrong
  end
  append(entries, now)
  return answer('ok', ARGV[4])
end

local fine, answer = pcall(dispatch)
take_back()
if fine or type(answer) == 'table' then
  return answer
end
return redis.error_reply(answer)
