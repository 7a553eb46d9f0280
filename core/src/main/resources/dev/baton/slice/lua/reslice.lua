-- reslice: one step of a change of the number of slices, on one slice. Whoever was interrupted sends all of them again.
--
-- KEYS[1] lead   hash
-- ARGV[1] step   'announce'  the slice ends at a position, and the number becomes another
--                'retract'   it does not, unless somebody is ready
--                'ready'     looks whether that is so, and may say that one who will lead then is in sync
--                'take'      the slice has come to its end and goes on, or ends, under the new number
--                'open'      a slice that the old number did not have begins at that position
-- ARGV[2] becomes  integer  the new number
-- announce: ARGV[3] position the slice ends at; ARGV[4] the old number; ARGV[5] the end as seen, or ''
-- ready: ARGV[3] '1' if in sync, or '0'
-- take, open: ARGV[3] the position; open: ARGV[4] the transport, 'lists' or 'group'
--
-- Returns {'ok' or 'already', end or ''}
--         {'no'}               it is not so far, or too late: look again; nothing was written
--         {'slices', slices}   the slice has another number
--@include time

local lead = redis.call('HMGET', KEYS[1], 'slices', 'ends', 'becomes', 'ready', 'watermark', 'epoch', 'beat')
local slices, ends, becomes, ready, watermark = lead[1], lead[2], lead[3], lead[4], lead[5]

local steps = {}

function steps.announce()
  if slices ~= ARGV[4] then
    return {'slices', tonumber(slices or 0)}
  end
  if ends == ARGV[3] and becomes == ARGV[2] then
    return {'already', ends}
  end
  if (ends or '') ~= ARGV[5] or ready or watermark >= ARGV[3] then
    return {'no'}
  end
  redis.call('HSET', KEYS[1], 'ends', ARGV[3], 'becomes', ARGV[2])
  return {'ok', ARGV[3]}
end

function steps.retract()
  if becomes ~= ARGV[2] then
    return {'already', ends or ''}
  end
  if ready then
    return {'no'}
  end
  redis.call('HDEL', KEYS[1], 'ends', 'becomes')
  return {'ok', ''}
end

function steps.ready()
  if becomes ~= ARGV[2] then
    return {'no'}
  end
  if ready or ARGV[3] ~= '1' then
    return {'already', ends}
  end
  redis.call('HSET', KEYS[1], 'ready', '1')
  return {'ok', ends}
end

function steps.take()
  if slices == ARGV[2] and not ends then
    return {'already', ''}
  end
  if ends ~= ARGV[3] or becomes ~= ARGV[2] or watermark ~= ends then
    return {'no'}
  end
  redis.call('HSET', KEYS[1], 'slices', ARGV[2], 'owner', '')
  redis.call('HDEL', KEYS[1], 'ends', 'becomes', 'ready')
  return {'ok', ''}
end

function steps.open()
  if ends then
    return {'no'}
  end
  if watermark and watermark >= ARGV[3] then
    return {'already', ''}
  end
  redis.call('HSET', KEYS[1], 'slices', ARGV[2], 'owner', '', 'epoch', lead[6] or 0, 'beat', lead[7] or 0,
    'watermark', ARGV[3], 'moved', store_millis(), 'transport', ARGV[4])
  return {'ok', ''}
end

local step = steps[ARGV[1]]
if not step then
  return redis.error_reply('BATON reslice: no such step')
end
return step()
